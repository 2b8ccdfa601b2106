import type { Emit, Runner, Settings } from '@platform/core'
import type { ImageSource } from '../definition.ts'
import { layOutDebian } from './debian.ts'
import { layOutToolchain } from './toolchain.ts'
import { layOutWheel } from './wheel.ts'

export interface SourceContext {
  /** The folder that becomes the image's `/`. */
  readonly root: string
  /** An empty folder for what does not go into the image. */
  readonly work: string
  readonly settings: Settings
  /** The folder with the toolchain's binaries. */
  readonly bin: string
  readonly runner: Runner
  readonly emit: Emit
  readonly signal: AbortSignal | undefined
}

/** Unpacks a source into the image's root; its extra files are placed by the caller. Returns packages' versions. */
export function layOut(source: ImageSource, context: SourceContext): Promise<Record<string, string>> {
  switch (source.kind) {
    case 'debian':
      return layOutDebian(source, context)
    case 'wheel':
      return layOutWheel(source, context)
    case 'toolchain':
      return layOutToolchain(source, context)
  }
}
