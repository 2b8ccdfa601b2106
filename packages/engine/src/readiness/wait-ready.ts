import type { Api } from '@platform/cluster'
import { PlatformError, type UnitContext } from '@platform/core'
import type { Component } from '../component/component.ts'
import { readHistory, readRecord } from '../release/history.ts'
import { releaseObjects } from '../release/objects.ts'
import type { Session } from '../session/session.ts'
import { addressTimeout, withoutAddress } from './address-timeout.ts'
import { describeFailure } from './failure.ts'
import { type Watched, watchRelease } from './watch-release.ts'
import { watchable } from './workloads.ts'

/** The timeout of a rollout. */
export const readyLimitMs = 5 * 60_000
/** A user's cluster may add nodes, and its registry may recover. The embedded node has its images and is alone. */
const tolerances = {
  embedded: { unschedulableMs: 12_000, unpullableMs: 4_000 },
  context: { unschedulableMs: 90_000, unpullableMs: 20_000 },
} as const

/** A ready release, with its record. */
export type Ready = Watched & { readonly record: NonNullable<Awaited<ReturnType<typeof deployedRecord>>> }

/** The release whose rollout is watched. */
export interface RolloutOf {
  readonly component: Component
  readonly session: Pick<Session, 'api' | 'target'>
  readonly context: Pick<UnitContext, 'emit'>
  readonly signal: AbortSignal
}

/** Watches the release until it is ready. Throws NOT_READY with the reasons from the pods. */
export async function waitReady(
  { component, session, context, signal }: RolloutOf,
  { progress, limitMs: limit }: { progress: (message: string) => void; limitMs: number },
): Promise<Ready> {
  const { api, target } = session
  const record = await deployedRecord(api, component)
  if (!record) throw new PlatformError('RELEASE_NOT_FOUND', `release ${component.release} was removed meanwhile`)
  const wanted = watchable(await releaseObjects(api, record.manifest, component.namespace))
  const watched = await watchRelease(api, wanted, {
    ...{ progress, signal, limitMs: limit, tolerances: tolerances[target.kind] },
    timeoutFor: addressTimeout(api, target.kind, wanted),
  })
  if (watched.failure) {
    throw new PlatformError('NOT_READY', await describeFailure(api, watched.failure, limit))
  }
  for (const left of watched.optionalNotReady) context.emit({ type: 'notice', level: 'warn', ...withoutAddress(left) })
  return { ...watched, record }
}

async function deployedRecord(api: Api, component: Component) {
  const { newest } = await readHistory(api, component)
  return newest && readRecord(api, component.namespace, newest)
}
