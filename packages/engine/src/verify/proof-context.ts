import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Kubectl, KubeList, PodObject } from '@platform/cluster'
import { anySignal, CheckSkipped, type UnitContext } from '@platform/core'
import type { Component } from '../component/component.ts'
import type { Endpoint, Values } from '../component/identity.ts'
import type { HttpRequest, HttpResponse, ProofContext } from '../component/proof-context.ts'
import { readHistory, readRecord } from '../release/history.ts'
import type { Session } from '../session/session.ts'
import { mergeValues, withoutNulls } from '../values/merge.ts'
import { capabilities, type FindEndpoint } from './proof/capabilities.ts'
import { startForwarding } from './proof/forward.ts'
import { requestAt } from './proof/http.ts'
import { ingressAddress } from './proof/ingress-address.ts'
import { prometheusClient } from './proof/prometheus.ts'
import { temporaryObjects } from './proof/temporary.ts'

/** The input of a ProofContext. */
export interface ProofScope {
  readonly context: UnitContext
  readonly component: Component
  readonly session: Session
  readonly signal: AbortSignal
  /** Milliseconds that the work may take. Its objects count as leftovers some time after that. */
  readonly timeoutMs?: number
  /** The values of the release, if they were read already. */
  readonly values?: Values
  readonly endpoint?: FindEndpoint
  /** Called with the end of the cleanup, which may come after `work` was aborted. */
  readonly onClose?: (closed: Promise<void>) => void
}

/**
 * Runs work with a ProofContext, then cleans up its objects and forwarded ports. An abort starts the cleanup at once,
 * without waiting for the work.
 */
export async function withProofContext<T>(scope: ProofScope, work: (proof: ProofContext) => Promise<T>): Promise<T> {
  const { context, component, session, signal, timeoutMs = 10 * 60_000 } = scope
  const { api } = session
  const end = new AbortController()
  const ending = anySignal(signal, end.signal)
  const objects = temporaryObjects(api, { component, timeoutMs })
  const forwardings: Promise<void>[] = []
  const agent = new Agent({ keepAlive: true })
  let closed: Promise<void> | undefined
  const close = () => {
    closed ??= (async () => {
      end.abort(new Error('the check has ended'))
      agent.destroy()
      await Promise.all([objects.remove(), ...forwardings])
    })()
    closed.catch(() => {}) // awaited below, or through onClose
    scope.onClose?.(closed)
    return closed
  }
  const onAbort = () => void close()
  signal.addEventListener('abort', onAbort, { once: true })
  const endpoint = scope.endpoint ?? capabilities(session, context.settings)
  const kubectl = kubectlWithSignal(session.kubectl, ending)
  const address = cachedForASecond((tls: boolean) => ingressAddress(api, endpoint, tls))
  const service = (at: Endpoint, path: string, request: HttpRequest = {}) =>
    requestThroughProxy(session, at, path, request, ending)
  try {
    signal.throwIfAborted()
    const values = scope.values ?? (await deployedValues(session, component))
    return await work({
      ...{ settings: context.settings, component, values, api, kubectl, signal },
      ...{ runner: context.runner, emit: context.emit, endpoint, service },
      async prometheus() {
        const at = await endpoint('prometheus')
        if (!at) throw new CheckSkipped('no deployed component provides prometheus')
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
            secret ? `Secret ${namespace}/${name} has no key ${key}` : `Secret ${namespace}/${name} does not exist`,
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
      temporary: (...manifests) => objects.create(manifests),
      until: (subject, poll, everyMs = 500) => pollUntil(subject, poll, { everyMs, signal }),
    })
  } finally {
    signal.removeEventListener('abort', onAbort)
    await close()
  }
}

/** Caches each result for a second, because a check sends many requests at once. Errors are not cached. */
function cachedForASecond<K, T>(read: (key: K) => Promise<T>): (key: K) => Promise<T> {
  const cache = new Map<K, { readonly at: number; readonly result: Promise<T> }>()
  return (key) => {
    const cached = cache.get(key)
    if (cached && performance.now() - cached.at < 1000) return cached.result
    const result = read(key)
    cache.set(key, { at: performance.now(), result })
    result.catch(() => cache.delete(key))
    return result
  }
}

/** The values of the newest deployed revision, merged over the chart's defaults. Empty without a release. */
export async function deployedValues({ api }: Pick<Session, 'api'>, component: Component): Promise<Values> {
  const { deployed, newest } = await readHistory(api, component)
  const revision = deployed ?? newest
  const record = revision && (await readRecord(api, component.namespace, revision))
  return record ? withoutNulls(mergeValues(record.chart.values, record.config)) : {}
}

/** Names of the pods that run, are ready, and are not being deleted. */
export function readyPods(pods: KubeList<PodObject>['items']): string[] {
  return pods
    .filter(({ metadata, status }) => {
      const ready = status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True')
      return status?.phase === 'Running' && ready && !(metadata as { deletionTimestamp?: string }).deletionTimestamp
    })
    .map(({ metadata }) => metadata.name)
}

/** Polls until there is a result. An abort throws an error that names the subject. */
export async function pollUntil<T>(
  subject: string,
  poll: () => Promise<T | undefined>,
  { everyMs, signal }: { readonly everyMs: number; readonly signal: AbortSignal },
): Promise<T> {
  for (;;) {
    const result = await poll()
    if (result !== undefined) return result
    await sleep(everyMs, undefined, { signal }).catch(() => {
      throw new Error(`still waiting for ${subject}`)
    })
  }
}

async function requestThroughProxy(
  { api }: Session,
  { namespace, service, port, scheme = 'http' }: Endpoint,
  path: string,
  { method, headers, body, login }: HttpRequest,
  signal: AbortSignal,
): Promise<HttpResponse> {
  if (login) throw new Error("the API server's proxy drops the login: use ingress() or forward()")
  const proxy = `/api/v1/namespaces/${namespace}/services/${scheme}:${service}:${port}/proxy`
  return api.request(`${proxy}${path.startsWith('/') ? path : `/${path}`}`, { method, headers, body, signal })
}

/** A kubectl whose processes end with the check. */
function kubectlWithSignal(kubectl: Kubectl, signal: AbortSignal): Kubectl {
  return {
    run: (args, options) => kubectl.run(args, { signal, ...options }),
    probe: (args, options) => kubectl.probe(args, { signal, ...options }),
    json: (args, options) => kubectl.json(args, { signal, ...options }),
    raw: (path) => kubectl.raw(path),
  }
}
