import type { Emit, Runner, Settings } from '@platform/core'
import type { ProbeReleases } from './release/probe.ts'
import type { Unit } from './units.ts'

export interface BuildOptions {
  readonly settings: Settings
  readonly runner: Runner
  readonly emit: Emit
  /** Ends what was started and leaves no half of anything; the next call goes on from there. */
  readonly signal?: AbortSignal
  /** Read every file of what is there and compare it with what was built: seconds. Else sizes and times are compared. */
  readonly verify?: boolean
  /** Default: all. */
  readonly units?: readonly Unit[]
  /** For tests: who says which release hosts answer, and after how long a transfer has stalled. */
  readonly probe?: ProbeReleases
  readonly stallMs?: number
}
