import { type Api, ApiError, type Manifest } from '@platform/cluster'
import { PlatformError } from '@platform/core'
import { managedBy, managedByLabel } from '../component/names.ts'
import { isHeld, type LeaseHolder, type LeaseView, leaseName, thisHolder } from './lease-holder.ts'

/** A holder that has not renewed for this long counts as dead. */
const durationSeconds = 30
const renewMs = 8_000
/** Annotation with the holder, for people and for the next run. */
const annotation = 'platform.local/held-by'

export interface LeaseOf {
  readonly namespace: string
  readonly release: string
  /** The command as typed, shown to others who find the lease held. */
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

/** What the guarded work receives. */
export interface Held {
  /** Aborted with the run, and when the lease is lost. */
  readonly signal: AbortSignal
  /** The previous holder, if it died while it held the lease. */
  readonly before: LeaseHolder | undefined
}

/**
 * Runs `work` while it holds the release's lease, so that no other run changes the release, on any machine. Renews the lease
 * and deletes it at the end.
 *
 * @throws PlatformError RELEASE_BUSY that names the holder
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
      // A short outage of the API server does not lose the lease, which lasts longer.
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
    // Another process was faster: read the lease again.
    if (answer.status === 409 || (lease && answer.status === 404)) continue
    requireDone(answer, path)
    return view?.holder
  }
}

async function renew(api: Api, path: string, mine: LeaseHolder): Promise<void> {
  const { lease, now } = await read(api, path)
  if (lease?.spec?.holderIdentity !== mine.id) {
    throw new PlatformError('RELEASE_BUSY', `the lease was taken over by another process: ${path.split('/').pop()}`, {
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

/** Reads the lease and the API server's time: the clocks of two machines differ. */
async function read(api: Api, path: string): Promise<{ lease: LeaseObject | undefined; now: number }> {
  const answer = await api.request(path)
  const now = Date.parse(answer.headers.date ?? '') || Date.now()
  if (answer.status === 404) return { lease: undefined, now }
  requireDone(answer, path)
  return { lease: JSON.parse(answer.body) as LeaseObject, now }
}

function write(api: Api, method: string, path: string, body: object) {
  // A merge patch with a resourceVersion fails on a conflict, as a PUT does.
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
  return api.request(path, { method, body: JSON.stringify(body), headers: { 'content-type': type } })
}

function requireDone({ status, body }: { status: number; body: string }, path: string): void {
  if (status >= 200 && status < 300) return
  let said: { reason?: string; message?: string } = {}
  try {
    said = JSON.parse(body)
  } catch {
    // The answer is not from the API server itself.
  }
  throw new ApiError(status, said.reason ?? '', `${path}: ${said.message ?? `${status} ${body}`}`)
}

/** Parses a lease. */
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
    : `${holderId} (not a run of the platform)`
  return new PlatformError('RELEASE_BUSY', `${who} works on the release ${release}`, {
    hint: holder
      ? `wait until it ends, or end it on ${holder.host}: kill -TERM ${holder.pid}`
      : 'wait until it has ended',
  })
}
