import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import type { Api, KubeObject } from '@platform/cluster'
import { type Emit, PlatformError } from '@platform/core'
import type { Component } from '../component/component.ts'
import { type Helm, rollback, uninstall } from './helm.ts'
import { runLabel } from './helm-arguments.ts'
import { readHistory } from './history.ts'
import type { LeaseHolder } from './lease-holder.ts'
import type { ReleaseHistory, ReleaseRevision } from './types.ts'

/** How long a Helm process may outlive its killed run. Without --wait it takes a second or two. */
const orphanMs = 6_000
/** A release that is pending for longer than Helm's own timeout of 5 minutes is abandoned. */
const byHandMs = 5 * 60_000

/** How a pending release is recovered. */
export type Recovery =
  | { readonly kind: 'none' }
  /** Helm may still be running. */
  | { readonly kind: 'wait' }
  /** A person works on it. */
  | { readonly kind: 'respect' }
  /** A first install: the next one adopts its objects. */
  | { readonly kind: 'fail' }
  | { readonly kind: 'rollback'; readonly revision: number }
  /** It was being uninstalled. */
  | { readonly kind: 'uninstall' }

/** Decides how to recover. Pure. The caller holds the lease, so no other run of ours works on the release. */
export function recoveryOf(history: ReleaseHistory, before: LeaseHolder | undefined): Recovery {
  const { pending } = history
  if (!pending) return { kind: 'none' }
  if (isOurs(history, before)) {
    if (pending.ageMs < orphanMs) return { kind: 'wait' }
  } else if (pending.ageMs < byHandMs) return { kind: 'respect' }
  if (pending.status === 'uninstalling') return { kind: 'uninstall' }
  const good = goodRevision(history)
  return good ? { kind: 'rollback', revision: good.revision } : { kind: 'fail' }
}

/** The revision to roll back to. After a failed rollback none is `deployed`: then the newest superseded one. */
export function goodRevision({ deployed, revisions }: ReleaseHistory): ReleaseRevision | undefined {
  return deployed ?? revisions.find(({ status }) => status === 'superseded')
}

/**
 * Whether the pending revision is from one of our runs. The run label alone is no proof, because Helm copies labels to the
 * next revision, also to one made by hand. A label that no older revision has is proof.
 */
function isOurs({ pending, revisions }: ReleaseHistory, before: LeaseHolder | undefined): boolean {
  if (!pending) return false
  const run = pending.labels[runLabel]
  const older = revisions.filter(({ revision }) => revision < pending.revision)
  if (run && !older.some(({ labels }) => labels[runLabel] === run)) return true
  // Helm rounds times to seconds.
  return before !== undefined && Date.parse(pending.changedAt) >= Date.parse(before.since) - 1_000
}

/**
 * Recovers a release that a killed run left pending, so that Helm can upgrade it.
 *
 * @throws PlatformError RELEASE_PENDING when a person works on it
 */
export async function recoverRelease(
  { api, helm }: { readonly api: Api; readonly helm: Helm },
  component: Component,
  {
    before,
    emit,
    signal,
    progress,
  }: {
    readonly before: LeaseHolder | undefined
    readonly emit: Emit
    readonly signal: AbortSignal
    readonly progress: (message: string) => void
  },
): Promise<ReleaseHistory> {
  const { release, namespace } = component
  for (;;) {
    signal.throwIfAborted()
    const history = await readHistory(api, component)
    const recovery = recoveryOf(history, before)
    const { pending } = history
    if (recovery.kind === 'none' || !pending) return history
    if (recovery.kind === 'respect') throw byHand(component, pending)
    if (recovery.kind === 'wait') {
      progress(`release ${release} is ${pending.status}: waiting for the Helm process of a killed run to end`)
      await sleep(500, undefined, { signal })
      continue
    }
    const tell = (message: string) => emit({ type: 'notice', level: 'warn', message })
    const was = `release ${release} was left ${pending.status} (revision ${pending.revision}, ${pending.changedAt})`
    if (recovery.kind === 'uninstall') {
      tell(`${was}: finishing the uninstall first`)
      await uninstall(helm, component, signal)
    } else if (recovery.kind === 'rollback') {
      tell(`${was}: rolling back to revision ${recovery.revision} first`)
      await rollback(helm, component, recovery.revision, signal)
    } else {
      tell(`${was}: the first install did not finish; its objects are adopted`)
      await markFailed(api, namespace, pending.secret)
    }
  }
}

function byHand(
  { release, namespace }: Component,
  { status, changedAt, revision }: { status: string; changedAt: string; revision: number },
): PlatformError {
  return new PlatformError(
    'RELEASE_PENDING',
    `release ${release} is ${status} since ${changedAt} (revision ${revision}): another Helm process works on it, or was killed`,
    {
      hint: `wait until it ends (after 5 minutes it is recovered), or recover it now: pnpm helm rollback ${release} -n ${namespace}`,
    },
  )
}

const zip = promisify(gzip)
const unzip = promisify(gunzip)

/**
 * Marks a revision as failed, as Helm does after an error. Deleting the record would lose track of objects that the next
 * chart version no longer has.
 */
async function markFailed(api: Api, namespace: string, secret: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/secrets/${secret}`
  const found = await api.find<KubeObject & { data?: { release?: string } }>(path)
  if (!found?.data?.release) return
  const release = await recordWithStatus(found.data.release, 'failed', 'the run that installed it was killed')
  await api.patch(path, { metadata: { labels: { status: 'failed' } }, data: { release } })
}

/** The record with another status. It is JSON in gzip in two layers of base64. */
export async function recordWithStatus(data: string, status: string, description: string): Promise<string> {
  const packed = Buffer.from(Buffer.from(data, 'base64').toString('latin1'), 'base64')
  const record = JSON.parse((await unzip(new Uint8Array(packed))).toString()) as { info?: Record<string, unknown> }
  const text = await zip(JSON.stringify({ ...record, info: { ...record.info, status, description } }))
  return Buffer.from(text.toString('base64')).toString('base64')
}
