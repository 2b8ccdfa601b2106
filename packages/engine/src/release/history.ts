import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { type Api, type KubeObject, withQuery } from '@platform/cluster'
import type { Values } from '../component/identity.ts'
import { fingerprintLabel } from '../component/names.ts'
import type { ReleaseHistory, ReleaseRecord, ReleaseRevision, ReleaseStatus } from './types.ts'

/** Records can be megabytes; names and labels are enough for most callers. */
const metadataOnly = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'

const unzip = promisify(gunzip)

/** Reads the revisions of a release; none if it is not installed. */
export async function readHistory(
  api: Api,
  { release, namespace }: { readonly release: string; readonly namespace: string },
  now: number = Date.now(),
): Promise<ReleaseHistory> {
  const path = withQuery(`/api/v1/namespaces/${namespace}/secrets`, { labelSelector: `owner=helm,name=${release}` })
  const { status, body } = await api.request(path, { headers: { accept: metadataOnly } })
  // Repeat the request without the header, for a proper error.
  const items =
    status === 200 ? ((JSON.parse(body) as { items: KubeObject[] | null }).items ?? []) : await api.list(path)
  return historyOf({ release, namespace }, items, now)
}

/** Sorts the records and finds the newest, the deployed and the pending one. */
export function historyOf(
  { release, namespace }: { readonly release: string; readonly namespace: string },
  secrets: readonly KubeObject[],
  now: number,
): ReleaseHistory {
  const revisions = secrets.map(revisionOf).sort((a, b) => b.revision - a.revision)
  const newest = revisions[0]
  const unfinished = newest && (newest.status.startsWith('pending-') || newest.status === 'uninstalling')
  return {
    ...{ release, namespace, revisions, newest },
    deployed: revisions.find(({ status }) => status === 'deployed'),
    pending: unfinished ? { ...newest, ageMs: Math.max(0, now - Date.parse(newest.changedAt)) } : undefined,
  }
}

/** Whether the release exists and no revision of it was written by the platform. */
export function isForeign({ revisions }: Pick<ReleaseHistory, 'revisions'>): boolean {
  return revisions.length > 0 && revisions.every(({ fingerprint }) => fingerprint === undefined)
}

function revisionOf({ metadata }: KubeObject): ReleaseRevision {
  const labels = metadata.labels ?? {}
  const seconds = Number(labels.modifiedAt ?? labels.createdAt ?? 0)
  return {
    labels,
    revision: Number(labels.version),
    status: (labels.status ?? 'unknown') as ReleaseStatus,
    fingerprint: labels[fingerprintLabel],
    changedAt: seconds ? new Date(seconds * 1000).toISOString() : (metadata.creationTimestamp ?? ''),
    secret: metadata.name,
  }
}

/** The content of a revision; undefined if it no longer exists. */
export async function readRecord(
  api: Api,
  namespace: string,
  revision: ReleaseRevision,
): Promise<ReleaseRecord | undefined> {
  const secret = await api.find<{ data?: { release?: string } }>(
    `/api/v1/namespaces/${namespace}/secrets/${revision.secret}`,
  )
  const data = secret?.data?.release
  return data === undefined ? undefined : { ...revision, ...(await decodeRecord(data)) }
}

interface RawRecord {
  readonly chart?: {
    readonly metadata?: { readonly name: string; readonly version: string; readonly appVersion?: string }
    readonly values?: Values
  }
  readonly config?: Values
  readonly manifest?: string
  readonly hooks?: readonly { readonly manifest?: string }[]
}

/** Decodes a record: Kubernetes' base64, Helm's base64, gzip, JSON. */
export async function decodeRecord(
  data: string,
): Promise<Pick<ReleaseRecord, 'chart' | 'config' | 'manifest' | 'hooks'>> {
  const packed = Buffer.from(Buffer.from(data, 'base64').toString('latin1'), 'base64')
  const text = packed[0] === 0x1f && packed[1] === 0x8b ? await unzip(new Uint8Array(packed)) : packed
  const { chart, config, manifest, hooks } = JSON.parse(text.toString()) as RawRecord
  return {
    chart: {
      name: chart?.metadata?.name ?? '',
      version: chart?.metadata?.version ?? '',
      appVersion: chart?.metadata?.appVersion,
      values: chart?.values ?? {},
    },
    config: config ?? {},
    manifest: manifest ?? '',
    hooks: (hooks ?? []).map((hook) => hook.manifest ?? ''),
  }
}
