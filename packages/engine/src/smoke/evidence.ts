import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KubeList, PodObject } from '@platform/cluster'
import { type Settings, type UnitContext, withoutCredentials } from '@platform/core'
import type { Component } from '../component/component.ts'
import { loadComponents } from '../component/load.ts'
import { type EventObject, eventLines } from '../readiness/evidence.ts'
import { isNamedFor, isOfRelease } from '../readiness/pods-of-release.ts'
import { redactEnvironment } from '../readiness/redact.ts'
import { openSession } from '../session/session.ts'
import { madeBy, madeByLabel } from '../verify/proof/temporary.ts'

/** Only the end of a log is copied: it has the cause, and audit logs are large. */
const logBytes = 2_000_000
const logLines = 300

/** Copies the events, the results and turbo's log of a run. */
export function copyRun(stdout: string, folder: string): void {
  let path: unknown
  try {
    path = (JSON.parse(stdout) as { runDirectory?: string }).runDirectory
  } catch {
    return
  }
  if (typeof path !== 'string' || !existsSync(path)) return
  cpSync(path, folder, { recursive: true, filter: (file) => !file.endsWith('/bin') })
}

/** Copies the ends of the node's logs and the evidence of failed releases. */
export function copyNodeLogs({ clusterDir }: Pick<Settings, 'clusterDir'>, folder: string): void {
  const logs = join(clusterDir, 'logs')
  if (existsSync(logs)) {
    mkdirSync(folder, { recursive: true })
    for (const name of readdirSync(logs)) {
      const file = join(logs, name)
      if (!statSync(file).isFile()) continue
      // latin1 preserves every byte.
      const end = readFileSync(file).subarray(-logBytes).toString('latin1')
      writeFileSync(join(folder, name), withoutCredentials(end), 'latin1')
    }
  }
  const evidence = join(clusterDir, 'evidence')
  if (existsSync(evidence)) cpSync(evidence, join(folder, 'evidence'), { recursive: true })
}

/**
 * Writes events and pods, and the full objects and logs of unhealthy pods. On a context only those of the platform. Throws
 * when the cluster is unreachable.
 */
export async function writePods(context: UnitContext, folder: string): Promise<void> {
  const { kubectl } = await openSession(context)
  mkdirSync(folder, { recursive: true })
  const write = (name: string, text: string) => writeFileSync(join(folder, name), withoutCredentials(text))
  const writeOutput = async (name: string, args: readonly string[]) => {
    const { stdout, stderr } = await kubectl.probe(args)
    write(name, stdout || stderr)
  }
  const all = async <T>(kind: string) => (await kubectl.json<KubeList<T>>(['get', kind, '--all-namespaces'])).items
  const components = await loadComponents()
  const isManaged = (pod: PodObject) => context.settings.TARGET === 'embedded' || isOwnPod(pod, components)
  const [pods, events] = await Promise.all([all<PodObject>('pods'), all<EventObject>('events')])
  const managed = pods.filter(isManaged)
  const names = (namespace: string | undefined) => [
    ...managed.filter(({ metadata }) => metadata.namespace === namespace),
    ...components.filter((each) => each.namespace === namespace).map(({ release: name }) => ({ metadata: { name } })),
  ]
  const isRelevant = ({ metadata: { namespace }, involvedObject }: EventObject) =>
    context.settings.TARGET === 'embedded' || isNamedFor(involvedObject?.name ?? '', names(namespace))
  write('events.txt', `${eventLines(events.filter(isRelevant))}\n`)
  write('pods.txt', `${managed.map(podLine).join('\n')}\n`)
  for (const pod of managed.filter(isUnhealthy)) {
    const { name, namespace = '' } = pod.metadata
    // Not `describe`, which prints environment variables.
    write(`${namespace}_${name}.json`, `${JSON.stringify(redactEnvironment(pod), null, 2)}\n`)
    const logs = ['logs', name, '--namespace', namespace, '--all-containers', '--prefix', `--tail=${logLines}`]
    await writeOutput(`${namespace}_${name}.log`, logs)
    await writeOutput(`${namespace}_${name}.previous.log`, [...logs, '--previous'])
  }
}

/** Whether a pod belongs to a managed release, or was created by a check or a drill. */
export function isOwnPod(pod: PodObject, components: readonly Pick<Component, 'release' | 'namespace'>[]): boolean {
  const { labels = {} } = pod.metadata
  if (labels[madeByLabel] === madeBy || labels['app.kubernetes.io/part-of'] === 'observable-platform') return true
  return components.some((component) => isOfRelease(pod, component))
}

function podLine({ metadata: { namespace, name }, status }: PodObject): string {
  const containers = (status?.containerStatuses ?? []).map(
    (each) => `${each.name} ${each.ready ? 'ready' : 'not ready'}, ${each.restartCount ?? 0} restarts`,
  )
  return `${namespace} ${name} ${status?.phase}: ${containers.join('; ')}`
}

/** Whether a pod is not ready or was restarted. */
export function isUnhealthy({ status }: PodObject): boolean {
  if (status?.phase === 'Succeeded') return false
  const ready = status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True')
  return !ready || (status?.containerStatuses ?? []).some(({ restartCount = 0 }) => restartCount > 0)
}
