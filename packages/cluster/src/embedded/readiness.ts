import { setTimeout as sleep } from 'node:timers/promises'
import { PlatformError } from '@platform/core'
import type { Kubectl } from '../kubernetes/kubectl.ts'
import { type Condition, isTrue, type KubeList, type KubeObject, type PodObject } from '../kubernetes/objects.ts'
import { podTrouble } from '../kubernetes/pod-trouble.ts'

const dnsSelector = 'k8s-app=kube-dns'
const intervalMs = 250
/** A pod that fails is given this long to mend itself: a first image pull or a restart is not the end. */
const troubleMs = 30_000
const limitMs = 180_000

interface StatusObject extends KubeObject {
  readonly status?: { readonly conditions?: readonly Condition[]; readonly phase?: string }
}

/** What is not ready yet, one line each, with the pod's own reason where it has one. Empty: the cluster can be used. */
export function unready(objects: readonly StatusObject[]): { waiting: string[]; trouble: string[] } {
  const nodes = objects.filter(({ kind }) => kind === 'Node')
  const pods = objects.filter(({ kind }) => kind === 'Pod') as readonly PodObject[]
  const waiting = [
    ...nodes
      .filter(({ status }) => !isTrue(status?.conditions, 'Ready'))
      .map(({ metadata, status }) => {
        const ready = status?.conditions?.find(({ type }) => type === 'Ready')
        return `node ${metadata.name}: ${ready?.message ?? 'the kubelet has not reported yet'}`
      }),
  ]
  if (nodes.length === 0) waiting.push('the node: the kubelet has not registered it yet')
  const dnsReady = pods.some(({ status }) => isTrue(status?.conditions, 'Ready'))
  const trouble = dnsReady ? [] : pods.flatMap((pod) => podTrouble(pod) ?? [])
  if (!dnsReady) waiting.push(trouble.length ? `CoreDNS: ${trouble.join('; ')}` : 'CoreDNS')
  return { waiting, trouble }
}

/** Asks what is not ready, in one call. */
export async function askUnready(kubectl: Kubectl): Promise<{ waiting: string[]; trouble: string[] }> {
  const [nodes, pods] = await Promise.all([
    kubectl.json<KubeList<StatusObject>>(['get', 'nodes']),
    kubectl.json<KubeList<StatusObject>>(['get', 'pods', '-n', 'kube-system', '-l', dnsSelector]),
  ])
  return unready([...nodes.items, ...pods.items])
}

export interface WaitOptions {
  readonly signal?: AbortSignal
  readonly limits?: { readonly troubleMs: number; readonly limitMs: number }
}

/**
 * Waits for the node and for CoreDNS and says what it waits for.
 *
 * @throws PlatformError CLUSTER_NOT_READY with what is not ready, and why
 */
export async function waitUntilReady(
  ask: () => Promise<{ waiting: string[]; trouble: string[] }>,
  progress: (message: string) => void,
  { signal, limits = { troubleMs, limitMs } }: WaitOptions = {},
): Promise<void> {
  const started = performance.now()
  let troubleSince: number | undefined
  let said = ''
  for (;;) {
    const { waiting, trouble } = await ask()
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
          hint: trouble.length
            ? `pnpm kubectl describe pods -n kube-system -l ${dnsSelector}`
            : 'pnpm kubectl describe nodes',
        },
      )
    }
    await sleep(intervalMs, undefined, { signal })
  }
}
