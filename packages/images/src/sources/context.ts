import type { Emit, Runner, Settings } from '@platform/core'

/** What a source is laid out with. */
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
