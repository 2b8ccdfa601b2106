import { join } from 'node:path'
import type { Settings } from '@platform/core'
import { type ImageDefinition, type LoadedImage, provideImages } from '@platform/images'
import { insideNode } from '@platform/node'
import type { TargetDependencies } from '../target.ts'

/** The node's first process, and the folder of its binaries. */
export interface RunningNode {
  readonly pid: number
  readonly bin: string
}

/** Resolves images, builds those that need it, and loads them into the node's containerd. */
export function loadIntoNode(
  settings: Settings,
  { runner, emit, signal }: TargetDependencies,
  { pid, bin }: RunningNode,
  definitions: readonly ImageDefinition[],
): Promise<LoadedImage[]> {
  return provideImages(definitions, {
    settings,
    runner,
    emit,
    signal,
    toolchain: { bin },
    containerd: insideNode(pid, '/run/containerd/containerd.sock'),
    ctr: join(bin, 'ctr'),
    record: join(settings.clusterDir, 'images.json'),
  })
}
