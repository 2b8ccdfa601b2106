import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Kubectl, KubeList, PodObject } from '@platform/cluster'
import { anySignal, CheckSkipped, type UnitContext } from '@platform/core'
import type { Component } from '../component/component.ts'
import type { Endpoint, Values } from '../component/identity.ts'
import type { HttpAnswer, HttpRequest, ProofContext } from '../component/proof-context.ts'
import { readHistory, readRecord } from '../release/history.ts'
import type { Session } from '../session/session.ts'
import { mergeValues, withoutNulls } from '../values/merge.ts'
import { capabilities, type FindEndpoint } from './proof/capabilities.ts'
import { startForwarding } from './proof/forward.ts'
import { requestAt } from './proof/http.ts'
import { ingressAddress } from './proof/ingress-address.ts'
import { prometheusClient } from './proof/prometheus.ts'
import { temporaryObjects } from './proof/temporary.ts'

/** What a ProofContext is made from. */
export interface ProofScope {
  readonly context: UnitContext
  readonly component: Component
  readonly session: Session
  readonly signal: AbortSignal
  /** How long it may take, in ms; what it makes counts as left over some time after that. */
  readonly timeoutMs?: number
  /** The values of the release, where they are known already. */
  readonly values?: Values
  readonly endpoint?: FindEndpoint
  /** Told the end of the cleaning up, which may come after `work` was given up. */
  readonly onClose?: (closed: Promise<void>) => void
}

/**
 * Does some work with a ProofContext, and takes away all that was made through it: objects, forwarded ports. An abort
 * does not wait for the work to notice.
 */
export async function withProofContext<T>(scope: ProofScope, work: (proof: ProofContext) => Promise<T>): Promise<T> {
  const { context, component, session, signal, timeoutMs = 10 * 60_000 } = scope
  const { api } = session
  const end = new AbortController()
  const ending = anySignal(signal, end.signal)
  const objects = temporaryObjects(api, { component, limitMs: timeoutMs })
  const forwardings: Promise<void>[] = []
  const agent = new Agent({ keepAlive: true })
  let closed: Promise<void> | undefined
  const close = () => {
    closed ??= (async () => {
      end.abort(new Error('the check has ended'))
      agent.destroy()
      await Promise.all([objects.remove(), ...forwardings])
    })()
    closed.catch(() => {}) // awaited below, or by whoever was told
    scope.onClose?.(closed)
    return closed
  }
  const onAbort = () => void close()
  signal.addEventListener('abort', onAbort, { once: true })
  const endpoint = scope.endpoint ?? capabilities(session, context.settings)
  const kubectl = bound(session.kubectl, ending)
  const address = forMoment((tls: boolean) => ingressAddress(api, endpoint, tls))
  const service = (at: Endpoint, path: string, request: HttpRequest = {}) =>
    throughApi(session, at, path, request, ending)
  try {
    signal.throwIfAborted()
    const values = scope.values ?? (await deployedValues(session, component))
    return await work({
      ...{ settings: context.settings, component, values, api, kubectl, signal },
      ...{ runner: context.runner, emit: context.emit, endpoint, service },
      async prometheus() {
        const at = await endpoint('prometheus')
        if (!at) throw new CheckSkipped('no component that is deployed provides prometheus')
        return prometheusClient((path) => service(at, path))
      },
      async ingress(host, path, request = {}) {
        return requestAt(await address(request.tls ?? false), { host, path }, request, { signal: ending, agent })
      },
      async secret(name, key, namespace = component.namespace) {
        const secret = await api.find<{ data?: Readonly<Record<string, string>> }>(
          `/api/v1/namespaces/${namespace}/secrets/${name}`,
        )
        const value = secret?.data?.[key]
        if (value === undefined) {
          throw new Error(
            secret ? `Secret ${namespace}/${name} has no key ${key}` : `there is no Secret ${namespace}/${name}`,
          )
        }
        return Buffer.from(value, 'base64').toString()
      },
      exec: ({ namespace, name, container }, command, { input } = {}) =>
        kubectl.probe(
          [
            ...['exec', `--namespace=${namespace}`, '--request-timeout=0', name],
            ...(container ? [`--container=${container}`] : []),
            ...(input === undefined ? [] : ['--stdin']),
            ...['--', ...command],
          ],
          { input },
        ),
      async pods(selector, namespace = component.namespace) {
        const pods = await api.list<PodObject>(`/api/v1/namespaces/${namespace}/pods`, { labels: selector })
        return readyPods(pods)
      },
      async forward(at) {
        const forwarding = await startForwarding(kubectl, at, { signal: ending })
        forwardings.push(forwarding.ended)
        return { host: forwarding.host, port: forwarding.port }
      },
      temporary: (...manifests) => objects.make(manifests),
      until: (what, ask, everyMs = 500) => askUntil(what, ask, { everyMs, signal }),
    })
  } finally {
    signal.removeEventListener('abort', onAbort)
    await close()
  }
}

/** The same answer again for a second: a proof makes many requests at once. An error is not kept. */
function forMoment<K, T>(ask: (key: K) => Promise<T>): (key: K) => Promise<T> {
  const known = new Map<K, { readonly at: number; readonly answer: Promise<T> }>()
  return (key) => {
    const before = known.get(key)
    if (before && performance.now() - before.at < 1000) return before.answer
    const answer = ask(key)
    known.set(key, { at: performance.now(), answer })
    answer.catch(() => known.delete(key))
    return answer
  }
}

/** The values of the newest deployed revision, the chart's defaults below them; empty when there is none. */
export async function deployedValues({ api }: Pick<Session, 'api'>, component: Component): Promise<Values> {
  const { deployed, newest } = await readHistory(api, component)
  const revision = deployed ?? newest
  const record = revision && (await readRecord(api, component.namespace, revision))
  return record ? withoutNulls(mergeValues(record.chart.values, record.config)) : {}
}

/** Names of the pods that run, are ready, and are not about to go. */
export function readyPods(pods: KubeList<PodObject>['items']): string[] {
  return pods
    .filter(({ metadata, status }) => {
      const ready = status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True')
      return status?.phase === 'Running' && ready && !(metadata as { deletionTimestamp?: string }).deletionTimestamp
    })
    .map(({ metadata }) => metadata.name)
}

/** Asks until there is an answer; when the time is over first, says what was waited for. */
export async function askUntil<T>(
  what: string,
  ask: () => Promise<T | undefined>,
  { everyMs, signal }: { readonly everyMs: number; readonly signal: AbortSignal },
): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    await sleep(everyMs, undefined, { signal }).catch(() => {
      throw new Error(`waited for ${what}`)
    })
  }
}

async function throughApi(
  { api }: Session,
  { namespace, service, port, scheme = 'http' }: Endpoint,
  path: string,
  { method, headers, body, login }: HttpRequest,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  if (login) throw new Error("a login does not get through the API server's proxy: ask the ingress, or forward a port")
  const proxy = `/api/v1/namespaces/${namespace}/services/${scheme}:${service}:${port}/proxy`
  return api.request(`${proxy}${path.startsWith('/') ? path : `/${path}`}`, { method, headers, body, signal })
}

/** kubectl that ends with the check. */
function bound(kubectl: Kubectl, signal: AbortSignal): Kubectl {
  return {
    run: (args, options) => kubectl.run(args, { signal, ...options }),
    probe: (args, options) => kubectl.probe(args, { signal, ...options }),
    json: (args, options) => kubectl.json(args, { signal, ...options }),
    raw: (path) => kubectl.raw(path),
  }
}
