import type { Fidelity, ImageDefinition } from './definition.ts'

export interface Circumstances {
  /** Whether the image's registry (or the mirror) can be used. */
  readonly upstream: boolean
  /** Whether an archive of the operator's holds it. */
  readonly archive: boolean
  /** REQUIRE_UPSTREAM: nothing that we made. */
  readonly requireUpstream: boolean
}

/** The first fidelity that works, in the order of `Fidelity`; undefined if none does. */
export function chooseFidelity(
  { rebuilt, standIn }: Pick<ImageDefinition, 'rebuilt' | 'standIn'>,
  { upstream, archive, requireUpstream }: Circumstances,
): Fidelity | undefined {
  if (upstream) return 'upstream'
  if (archive) return 'archive'
  if (requireUpstream) return undefined
  if (rebuilt) return 'rebuilt'
  return standIn ? 'stand-in' : undefined
}
