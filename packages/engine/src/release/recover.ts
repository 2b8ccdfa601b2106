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

/** A Helm that a killed run left behind may still be at work; without --wait it takes a second or two. */
const orphanMs = 6_000
/** A release that someone's own Helm has held for longer than this is left by it: its own limit is 5 minutes. */
const byHandMs = 5 * 60_000

/** What has to be done about a release that is half done. */
export type Recovery =
  | { readonly kind: 'none' }
  /** It may still be going on. */
  | { readonly kind: 'wait' }
  /** Someone works on it by hand. */
  | { readonly kind: 'respect' }
  /** A first install: what it made is taken over by the next one. */
  | { readonly kind: 'fail' }
  | { readonly kind: 'rollback'; readonly revision: number }
  /** Somebody was taking it away. */
  | { readonly kind: 'uninstall' }

/** Decides. Pure. The lease is ours: no live run of us works on it. */
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

/** What can be gone back to. A rollback that failed leaves none that is deployed: then the newest that was, once. */
export function goodRevision({ deployed, revisions }: ReleaseHistory): ReleaseRevision | undefined {
  return deployed ?? revisions.find(({ status }) => status === 'superseded')
}

/**
 * Whether one of our runs left it so. Its label alone does not tell: Helm hands labels on to the next revision, one made
 * by hand among them; a label that no older revision has is a run's own.
 */
function isOurs({ pending, revisions }: ReleaseHistory, before: LeaseHolder | undefined): boolean {
  if (!pending) return false
  const run = pending.labels[runLabel]
  const older = revisions.filter(({ revision }) => revision < pending.revision)
  if (run && !older.some(({ labels }) => labels[runLabel] === run)) return true
  // Helm's times are whole seconds.
  return before !== undefined && Date.parse(pending.changedAt) >= Date.parse(before.since) - 1_000
}

/**
 * Brings a release that a dead run left half done to where Helm goes on from.
 *
 * @throws PlatformError RELEASE_PENDING when someone works on it by hand
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
      progress(`the release ${release} is ${pending.status}: waiting for the Helm of a killed run to end`)
      await sleep(500, undefined, { signal })
      continue
    }
    const tell = (message: string) => emit({ type: 'notice', level: 'warn', message })
    const was = `the release ${release} was left ${pending.status} (revision ${pending.revision}, ${pending.changedAt})`
    if (recovery.kind === 'uninstall') {
      tell(`${was}: finishing that first`)
      await uninstall(helm, component, signal)
    } else if (recovery.kind === 'rollback') {
      tell(`${was}: going back to revision ${recovery.revision} first`)
      await rollback(helm, component, recovery.revision, signal)
    } else {
      tell(`${was}: its first install ended half way; what it made is taken over`)
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
    `the release ${release} is ${status} since ${changedAt} (revision ${revision}), and not by us: someone's Helm works on it, or died at it`,
    {
      hint: `wait until it has ended (after 5 minutes it is taken over), or end it: pnpm helm rollback ${release} -n ${namespace}`,
    },
  )
}

const zip = promisify(gzip)
const unzip = promisify(gunzip)

/**
 * Calls a revision failed, as Helm does when it lives to see it. Deleting the record would do as well for Helm, but then
 * objects that the next chart no longer has would be nobody's.
 */
async function markFailed(api: Api, namespace: string, secret: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/secrets/${secret}`
  const found = await api.find<KubeObject & { data?: { release?: string } }>(path)
  if (!found?.data?.release) return
  const release = await recordWithStatus(found.data.release, 'failed', 'the run that installed it was killed')
  await api.patch(path, { metadata: { labels: { status: 'failed' } }, data: { release } })
}

/** The record with another status: base64 around base64 around gzip around JSON. */
export async function recordWithStatus(data: string, status: string, description: string): Promise<string> {
  const packed = Buffer.from(Buffer.from(data, 'base64').toString('latin1'), 'base64')
  const record = JSON.parse((await unzip(new Uint8Array(packed))).toString()) as { info?: Record<string, unknown> }
  const text = await zip(JSON.stringify({ ...record, info: { ...record.info, status, description } }))
  return Buffer.from(text.toString('base64')).toString('base64')
}
