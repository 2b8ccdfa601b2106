import type { ImageDefinition } from '../definition.ts'
import { coredns } from './coredns.ts'
import { pause } from './pause.ts'
import { toolbox } from './toolbox.ts'

/** What the embedded node needs before any component. */
export const systemImages: readonly ImageDefinition[] = [pause, coredns, toolbox]
