import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KubeList, PodObject } from '@platform/cluster'
import type { Settings, UnitContext } from '@platform/core'
import { openSession } from '../session.ts'

/** The end of a log says why it ended; an audit log is longer than anybody reads. */
const logBytes = 2_000_000
const logLines = 300

/** What a run leaves: its events, results and turbo's log. */
export function keepRun(stdout: string, folder: string): void {
  let path: unknown
  try {
    path = (JSON.parse(stdout) as { runDirectory?: string }).runDirectory
  } catch {
    return
  }
  if (typeof path !== 'string' || !existsSync(path)) return
  cpSync(path, folder, { recursive: true, filter: (file) => !file.endsWith('/bin') })
}

/** The logs of the node's own programs, the end of each, and what failed releases left behind. */
export function keepNodeLogs({ clusterDir }: Pick<Settings, 'clusterDir'>, folder: string): void {
  const logs = join(clusterDir, 'logs')
  if (existsSync(logs)) {
    mkdirSync(folder, { recursive: true })
    for (const name of readdirSync(logs)) {
      const file = join(logs, name)
      if (!statSync(file).isFile()) continue
      writeFileSync(join(folder, name), new Uint8Array(readFileSync(file)).subarray(-logBytes))
    }
  }
  const evidence = join(clusterDir, 'evidence')
  if (existsSync(evidence)) cpSync(evidence, join(folder, 'evidence'), { recursive: true })
}

/** All events, all pods, and logs and descriptions of the pods that are not ready. Throws what the cluster throws. */
export async function keepPods(context: UnitContext, folder: string): Promise<void> {
  const { kubectl } = await openSession(context)
  mkdirSync(folder, { recursive: true })
  const ask = async (name: string, args: readonly string[]) => {
    const { stdout, stderr } = await kubectl.probe(args)
    writeFileSync(join(folder, name), stdout || stderr)
    return stdout
  }
  await ask('events.txt', ['get', 'events', '--all-namespaces', '--sort-by=.lastTimestamp'])
  await ask('pods.txt', ['get', 'pods', '--all-namespaces', '--output=wide'])
  const { items } = await kubectl.json<KubeList<PodObject>>(['get', 'pods', '--all-namespaces'])
  for (const pod of items.filter(isUnwell)) {
    const { name, namespace = '' } = pod.metadata
    await ask(`${namespace}_${name}.describe.txt`, ['describe', 'pod', name, '--namespace', namespace])
    const logs = ['logs', name, '--namespace', namespace, '--all-containers', '--prefix', `--tail=${logLines}`]
    await ask(`${namespace}_${name}.log`, logs)
    await ask(`${namespace}_${name}.previous.log`, [...logs, '--previous'])
  }
}

/** Not ready, or it was started more than once. */
export function isUnwell({ status }: PodObject): boolean {
  if (status?.phase === 'Succeeded') return false
  const ready = status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True')
  return !ready || (status?.containerStatuses ?? []).some(({ restartCount = 0 }) => restartCount > 0)
}
