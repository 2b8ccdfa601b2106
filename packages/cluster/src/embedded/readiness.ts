import { setTimeout as sleep } from 'node:timers/promises'
import { PlatformError } from '@platform/core'
import { type Api, ApiError } from '../kubernetes/api.ts'
import { readPath } from '../kubernetes/common-checks.ts'
import { isTrue, type KubeObject, type NodeObject, type PodObject } from '../kubernetes/objects.ts'
import { podProblem } from '../kubernetes/pod-problem.ts'

const dnsLabel = { name: 'k8s-app', value: 'kube-dns' }
const dnsSelector = `${dnsLabel.name}=${dnsLabel.value}`
const intervalMs = 250
/** A pod that fails is given this long to mend itself: a first image pull or a restart is not the end. */
const troubleMs = 30_000
const limitMs = 180_000

/** What is not ready, one line each, and what among it will hardly get ready by itself. Nothing waiting: all is ready. */
export interface Unready {
  readonly waiting: readonly string[]
  readonly trouble: readonly string[]
}

/**
 * What is not ready yet among nodes and pods, with the pod's own reason where it has one.
 *
 * @param since when the node was started, ISO 8601: what the API remembers from before that is not true any more
 */
export function unready(objects: readonly KubeObject[], since: string): Unready {
  // The API tells times in whole seconds.
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

/** Asks the API server which of nodes and pods are not ready. `since` as for `unready`. */
export async function askUnready(api: Api, since: string): Promise<Unready> {
  const kinds = ['Node', 'Pod'] as const
  const lists = await Promise.all(
    ['/api/v1/nodes', '/api/v1/namespaces/kube-system/pods'].map((path) => api.list<KubeObject>(path)),
  )
  // The objects of a list do not say their kind.
  return unready(
    lists.flatMap((objects, i) => objects.map((object) => ({ ...object, kind: kinds[i] }))),
    since,
  )
}

/** Asks the API server whether it is ready; nothing is waited for when it is. */
export async function askApi(api: Api): Promise<Unready> {
  await readPath(api, '/readyz')
  return { waiting: [], trouble: [] }
}

/** Whether the API server gave no answer, or an error: its supervisor may be starting it again. */
export function isApiError(error: unknown): error is Error {
  return error instanceof ApiError || (error instanceof PlatformError && error.code === 'API_UNREACHABLE')
}

/** An API server that does not answer is waited for as well. */
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
 * Waits for the node and for CoreDNS, or whatever else `ask` asks for, and says what it waits for.
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
