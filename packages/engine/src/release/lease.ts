import { type Api, ApiError, type Manifest } from '@platform/cluster'
import { PlatformError } from '@platform/core'
import { managedBy, managedByLabel } from '../component/names.ts'
import { isHeld, type LeaseHolder, type LeaseView, leaseName, thisHolder } from './lease-holder.ts'

/** A holder that has not renewed for this long is dead. */
const durationSeconds = 30
const renewMs = 8_000
/** Whoever holds it, for people and for the next run. */
const annotation = 'platform.local/held-by'

export interface LeaseOf {
  readonly namespace: string
  readonly release: string
  /** As a user would type it, for whoever finds the lease taken. */
  readonly command: string
}

interface LeaseObject extends Manifest {
  readonly metadata: Manifest['metadata'] & { readonly resourceVersion?: string }
  readonly spec?: {
    readonly holderIdentity?: string
    readonly renewTime?: string
    readonly leaseDurationSeconds?: number
  }
}

/** What is handed to the work that a lease guards. */
export interface Held {
  /** Aborted with the run, and when somebody else took the lease over. */
  readonly signal: AbortSignal
  /** The one that held it before and died at it. */
  readonly before: LeaseHolder | undefined
}

/**
 * Runs `work` with the release to ourselves: nobody of us works on it meanwhile, on this machine or another. The lease is
 * renewed, and deleted in the end.
 *
 * @throws PlatformError RELEASE_BUSY that names who works on it
 */
export async function withLease<T>(
  api: Api,
  { namespace, release, command }: LeaseOf,
  signal: AbortSignal,
  work: (held: Held) => Promise<T>,
): Promise<T> {
  const mine = thisHolder(command)
  const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${leaseName(release)}`
  const before = await acquire(api, path, { namespace, release, mine })
  const lost = new AbortController()
  const stop = () => lost.abort(signal.reason)
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  let renewal: Promise<void> = Promise.resolve()
  const timer = setInterval(() => {
    renewal = renew(api, path, mine).catch((error: unknown) => {
      // An API server that is away for a moment is no reason: the lease lasts longer than that.
      if (error instanceof PlatformError && error.code === 'RELEASE_BUSY') lost.abort(error)
    })
  }, renewMs)
  try {
    return await work({ signal: lost.signal, before })
  } catch (error) {
    throw lost.signal.reason instanceof PlatformError ? lost.signal.reason : error
  } finally {
    clearInterval(timer)
    signal.removeEventListener('abort', stop)
    await renewal
    await release_(api, path, mine).catch(() => {}) // it ends by itself
  }
}

async function acquire(
  api: Api,
  path: string,
  { namespace, release, mine }: { namespace: string; release: string; mine: LeaseHolder },
): Promise<LeaseHolder | undefined> {
  for (;;) {
    const { lease, now } = await read(api, path)
    const view = lease && viewOf(lease)
    if (view && isHeld(view, now)) throw busy(release, view)
    const body = leaseObject({ namespace, release, mine, now, resourceVersion: lease?.metadata.resourceVersion })
    const collection = path.slice(0, path.lastIndexOf('/'))
    const answer = await write(api, lease ? 'PATCH' : 'POST', lease ? path : collection, body)
    // Somebody was faster: look again.
    if (answer.status === 409 || (lease && answer.status === 404)) continue
    requireDone(answer, path)
    return view?.holder
  }
}

async function renew(api: Api, path: string, mine: LeaseHolder): Promise<void> {
  const { lease, now } = await read(api, path)
  if (lease?.spec?.holderIdentity !== mine.id) {
    throw new PlatformError('RELEASE_BUSY', `somebody else took over the lease ${path.split('/').pop()}`, {
      hint: `pnpm kubectl get --raw ${path}`,
    })
  }
  const { resourceVersion } = lease.metadata
  await write(api, 'PATCH', path, { metadata: { resourceVersion }, spec: { renewTime: microTime(now) } })
}

async function release_(api: Api, path: string, mine: LeaseHolder): Promise<void> {
  const { lease } = await read(api, path)
  if (lease?.spec?.holderIdentity !== mine.id) return
  const { resourceVersion } = lease.metadata
  await write(api, 'DELETE', path, { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { resourceVersion } })
}

/** The lease, and the time by the API server's own clock: those of two machines differ. */
async function read(api: Api, path: string): Promise<{ lease: LeaseObject | undefined; now: number }> {
  const answer = await api.request(path)
  const now = Date.parse(answer.headers.date ?? '') || Date.now()
  if (answer.status === 404) return { lease: undefined, now }
  requireDone(answer, path)
  return { lease: JSON.parse(answer.body) as LeaseObject, now }
}

function write(api: Api, method: string, path: string, body: object) {
  // A merge patch with a resourceVersion is refused when somebody else was faster, as a PUT would be.
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
  return api.request(path, { method, body: JSON.stringify(body), headers: { 'content-type': type } })
}

function requireDone({ status, body }: { status: number; body: string }, path: string): void {
  if (status >= 200 && status < 300) return
  let said: { reason?: string; message?: string } = {}
  try {
    said = JSON.parse(body)
  } catch {
    // not the API server itself
  }
  throw new ApiError(status, said.reason ?? '', `${path}: ${said.message ?? `${status} ${body}`}`)
}

/** What a lease says. */
export function viewOf({ metadata, spec }: LeaseObject): LeaseView {
  const text = metadata.annotations?.[annotation]
  return {
    holder: text === undefined ? undefined : parseHolder(text),
    holderId: spec?.holderIdentity || undefined,
    renewedAt: Date.parse(spec?.renewTime ?? '') || 0,
    durationMs: (spec?.leaseDurationSeconds ?? durationSeconds) * 1000,
  }
}

function parseHolder(text: string): LeaseHolder | undefined {
  try {
    const holder = JSON.parse(text) as Partial<LeaseHolder>
    return typeof holder.pid === 'number' && typeof holder.host === 'string' ? (holder as LeaseHolder) : undefined
  } catch {
    return undefined
  }
}

function leaseObject({
  namespace,
  release,
  mine,
  now,
  resourceVersion,
}: {
  namespace: string
  release: string
  mine: LeaseHolder
  now: number
  resourceVersion: string | undefined
}): LeaseObject {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      ...{ name: leaseName(release), namespace, resourceVersion },
      labels: { [managedByLabel]: managedBy, 'app.kubernetes.io/instance': release },
      annotations: { [annotation]: JSON.stringify(mine) },
    },
    spec: {
      holderIdentity: mine.id,
      leaseDurationSeconds: durationSeconds,
      acquireTime: microTime(now),
      renewTime: microTime(now),
    } as LeaseObject['spec'],
  }
}

function microTime(now: number): string {
  return new Date(now).toISOString().replace('Z', '000Z')
}

function busy(release: string, { holder, holderId }: LeaseView): PlatformError {
  const who = holder
    ? `\`${holder.command}\` on ${holder.host} (pid ${holder.pid}, since ${holder.since})`
    : `${holderId} (not one of ours by its look)`
  return new PlatformError('RELEASE_BUSY', `${who} works on the release ${release}`, {
    hint: holder
      ? `wait until it has ended, or end it on ${holder.host}: kill -TERM ${holder.pid}`
      : 'wait until it has ended',
  })
}
