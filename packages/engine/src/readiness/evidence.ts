import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Api, KubeObject, Manifest, PodObject } from '@platform/cluster'
import { environment, type Settings, withoutCredentials } from '@platform/core'
import type { Component } from '../component/component.ts'
import { readHistory, readRecord } from '../release/history.ts'
import { parseManifest } from '../release/manifest.ts'
import { isNamedFor, podsOf } from './pods-of-release.ts'
import { redactEnvironment, redactManifest } from './redact.ts'

export { redactManifest as withoutSecrets } from './redact.ts'

/** Lines of each log. */
const logLines = 500

/** The id of the run that this process belongs to. */
export function currentRun(): string | undefined {
  const { RUN_DIR } = environment()
  return RUN_DIR ? basename(RUN_DIR) : undefined
}

/** The folder for the evidence: beside the run's events, or in the cluster's folder without a run. */
export function evidenceFolder({ clusterDir }: Settings, component: Component, now = new Date()): string {
  const { RUN_DIR } = environment()
  if (RUN_DIR) return join(RUN_DIR, `${component.name}.evidence`)
  return join(clusterDir, 'evidence', `${now.toISOString().replace(/[-:.]/g, '')}-${component.name}`)
}

/**
 * Saves the evidence of a failure before the rollback: pods, events, logs, the release. Secrets, environment values and
 * other releases of the namespace are redacted. Evidence that is not available is skipped, so that it does not hide the
 * failure itself.
 *
 * @returns the names of the files
 */
export async function captureEvidence(api: Api, component: Component, folder: string): Promise<string[]> {
  mkdirSync(folder, { recursive: true })
  const written: string[] = []
  const write = (name: string, text: string) => {
    const shown = withoutCredentials(text)
    writeFileSync(join(folder, name), shown.endsWith('\n') ? shown : `${shown}\n`, { mode: 0o600 })
    written.push(name)
  }
  const { namespace } = component
  const list = <T>(path: string) => api.list<T>(path).catch(() => [] as T[])
  const [all, events, record] = await Promise.all([
    list<PodObject>(`/api/v1/namespaces/${namespace}/pods`),
    list<EventObject>(`/api/v1/namespaces/${namespace}/events`),
    newestRecord(api, component).catch(() => undefined),
  ])
  const manifest = objectsOf(record?.manifest)
  const pods = podsOf(all, component, manifest)
  write('pods.json', JSON.stringify(redactEnvironment(pods), null, 2))
  const ours = [...pods, ...manifest, { metadata: { name: component.release } }]
  write('events.txt', eventLines(events.filter(({ involvedObject }) => isNamedFor(involvedObject?.name ?? '', ours))))
  if (record) {
    const { manifest: text, config: _, chart, ...rest } = record
    const { name, version, appVersion } = chart
    write('release.json', JSON.stringify({ ...rest, hooks: undefined, chart: { name, version, appVersion } }, null, 2))
    write('manifest.yaml', redactManifest(text))
  }
  await Promise.all(
    pods.flatMap((pod) =>
      containersOf(pod).flatMap(({ name, restarted }) =>
        [false, ...(restarted ? [true] : [])].map(async (previous) => {
          const text = await readLog(api, pod, { container: name, previous, lines: logLines }).catch(() => '')
          if (text.trim()) write(`${pod.metadata.name}.${name}${previous ? '.previous' : ''}.log`, text)
        }),
      ),
    ),
  )
  return written.sort()
}

/** The last lines of a container's log. */
export async function readLog(
  api: Api,
  { metadata: { name, namespace } }: Pick<PodObject, 'metadata'>,
  { container, previous, lines }: { readonly container: string; readonly previous?: boolean; readonly lines: number },
): Promise<string> {
  const query = `container=${container}&tailLines=${lines}${previous ? '&previous=true' : ''}`
  const { status, body } = await api.request(`/api/v1/namespaces/${namespace}/pods/${name}/log?${query}`)
  // The API server answers 200 with this text if the container was already removed.
  return status === 200 && !body.startsWith('unable to retrieve container logs') ? body : ''
}

async function newestRecord(api: Api, component: Component) {
  const { newest } = await readHistory(api, component)
  return newest && readRecord(api, component.namespace, newest)
}

/** The workloads, volumes and Services of a manifest; none if it is unreadable. */
function objectsOf(manifest = ''): Manifest[] {
  try {
    return parseManifest(manifest).filter(({ kind = '' }) =>
      /^(Deployment|StatefulSet|DaemonSet|Job|PersistentVolumeClaim|Service)$/.test(kind),
    )
  } catch {
    return []
  }
}

export interface EventObject extends KubeObject {
  readonly type?: string
  readonly reason?: string
  readonly message?: string
  readonly count?: number
  readonly lastTimestamp?: string
  readonly eventTime?: string
  readonly involvedObject?: { readonly kind?: string; readonly name?: string }
}

const timeOf = ({ lastTimestamp, eventTime, metadata }: EventObject) =>
  lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? ''
const byTime = (a: EventObject, b: EventObject) => timeOf(a).localeCompare(timeOf(b))

/** One line for each event, the newest last. */
export function eventLines(events: readonly EventObject[]): string {
  return [...events].sort(byTime).map(eventLine).join('\n')
}

function eventLine(event: EventObject): string {
  const { type, reason, message = '', count = 1, involvedObject } = event
  const times = count > 1 ? ` (${count}×)` : ''
  return `${timeOf(event)} ${type} ${involvedObject?.kind} ${involvedObject?.name}: ${reason}: ${message.trim()}${times}`
}

function containersOf({ status }: PodObject): { name: string; restarted: boolean }[] {
  return [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].map(
    ({ name, restartCount = 0 }) => ({ name, restarted: restartCount > 0 }),
  )
}
