import { setTimeout as sleep } from 'node:timers/promises'
import { PlatformError } from '@platform/core'
import { type Api, ApiError } from '../kubernetes/api.ts'
import { readPath } from '../kubernetes/common-checks.ts'
import { isTrue, type KubeObject, type NodeObject, type PodObject } from '../kubernetes/objects.ts'
import { podProblem } from '../kubernetes/pod-problem.ts'

const dnsLabel = { name: 'k8s-app', value: 'kube-dns' }
const dnsSelector = `${dnsLabel.name}=${dnsLabel.value}`
const intervalMs = 250
/** How long a failing pod may take to recover, for example from a failed image pull or a restart. */
const troubleMs = 30_000
const limitMs = 180_000

/** What is not ready, one line each, and which of it is unlikely to recover. If `waiting` is empty, all is ready. */
export interface Unready {
  readonly waiting: readonly string[]
  readonly trouble: readonly string[]
}

/**
 * The nodes and pods that are not ready, with the pod's reason if it has one.
 *
 * @param since the node's start time, ISO 8601; statuses from before are outdated
 */
export function unready(objects: readonly KubeObject[], since: string): Unready {
  // API timestamps are in whole seconds.
  const start = Math.floor(Date.parse(since) / 1000) * 1000
  const nodes = objects.filter(({ kind }) => kind === 'Node') as readonly NodeObject[]
  const pods = objects.filter(isDnsPod) as readonly PodObject[]
  const waiting = nodes.filter((node) => !isNodeReady(node, start)).map(nodeWaits)
  if (nodes.length === 0) waiting.push('the node: the kubelet has not registered it yet')
  const dnsReady = pods.some((pod) => isPodReady(pod, start))
  const trouble = dnsReady ? [] : pods.flatMap((pod) => podProblem(pod) ?? [])
  if (!dnsReady) waiting.push(trouble.length ? `CoreDNS: ${trouble.join('; ')}` : 'CoreDNS')
  return { waiting, trouble }
}

function isDnsPod({ kind, metadata }: KubeObject): boolean {
  return kind === 'Pod' && metadata.labels?.[dnsLabel.name] === dnsLabel.value
}

function isNodeReady({ status }: NodeObject, start: number): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  return ready?.status === 'True' && Date.parse(ready.lastHeartbeatTime ?? '') >= start
}

function isPodReady({ status }: PodObject, start: number): boolean {
  const fresh = status?.containerStatuses?.every(({ state }) => Date.parse(state?.running?.startedAt ?? '') >= start)
  return isTrue(status?.conditions, 'Ready') && fresh === true
}

function nodeWaits({ metadata, status }: NodeObject): string {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  return ready?.status === 'False' && ready.message
    ? `node ${metadata.name}: ${ready.message}`
    : `node ${metadata.name}: the kubelet has not reported yet`
}

/** Lists nodes and pods and returns those that are not ready. `since` as for `unready`. */
export async function askUnready(api: Api, since: string): Promise<Unready> {
  const kinds = ['Node', 'Pod'] as const
  const lists = await Promise.all(
    ['/api/v1/nodes', '/api/v1/namespaces/kube-system/pods'].map((path) => api.list<KubeObject>(path)),
  )
  // Objects in a list have no `kind`.
  return unready(
    lists.flatMap((objects, i) => objects.map((object) => ({ ...object, kind: kinds[i] }))),
    since,
  )
}

/** Requests the API server's readiness. `waiting` is empty if it is ready. */
export async function askApi(api: Api): Promise<Unready> {
  await readPath(api, '/readyz')
  return { waiting: [], trouble: [] }
}

/** Whether the API server did not respond, or with an error: its supervisor may be restarting it. */
export function isApiError(error: unknown): error is Error {
  return error instanceof ApiError || (error instanceof PlatformError && error.code === 'API_UNREACHABLE')
}

/** Treats an unreachable API server as not ready. */
async function askPatiently(ask: () => Promise<Unready>): Promise<Unready & { readonly silent: boolean }> {
  try {
    return { ...(await ask()), silent: false }
  } catch (error) {
    if (!isApiError(error)) throw error
    return { waiting: [`the API server: ${error.message}`], trouble: [], silent: true }
  }
}

export interface WaitOptions {
  readonly signal?: AbortSignal
  readonly limits?: { readonly troubleMs: number; readonly limitMs: number }
}

/**
 * Waits until `ask` reports nothing as not ready; default: the node and CoreDNS. Reports progress.
 *
 * @throws PlatformError CLUSTER_NOT_READY with what is not ready, and why
 */
export async function waitUntilReady(
  ask: () => Promise<Unready>,
  progress: (message: string) => void,
  { signal, limits = { troubleMs, limitMs } }: WaitOptions = {},
): Promise<void> {
  const started = performance.now()
  let troubleSince: number | undefined
  let said = ''
  for (;;) {
    const { waiting, trouble, silent } = await askPatiently(ask)
    if (waiting.length === 0) return
    const now = performance.now()
    troubleSince = trouble.length ? (troubleSince ?? now) : undefined
    const message = `waiting for ${waiting.join(', ')}`
    if (message !== said) progress(message)
    said = message
    if (now - started > limits.limitMs || (troubleSince !== undefined && now - troubleSince > limits.troubleMs)) {
      throw new PlatformError(
        'CLUSTER_NOT_READY',
        `not ready after ${Math.round((now - started) / 1000)} s: ${waiting.join('; ')}`,
        {
          hint: hintFor(silent, trouble),
        },
      )
    }
    await sleep(intervalMs, undefined, { signal })
  }
}

function hintFor(silent: boolean, trouble: readonly string[]): string {
  if (silent) return "pnpm kubectl get --raw '/readyz?verbose'"
  return trouble.length ? `pnpm kubectl describe pods -n kube-system -l ${dnsSelector}` : 'pnpm kubectl describe nodes'
}
