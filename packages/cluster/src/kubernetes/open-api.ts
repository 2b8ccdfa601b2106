import type { IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { PlatformError } from '@platform/core'
import type { Access } from '../target.ts'
import {
  type Api,
  type ApiAnswer,
  ApiError,
  type ApiRequest,
  type ApiResource,
  type ObjectReference,
  type WatchEvent,
} from './api.ts'
import { collectionPath, discover, preferred } from './discovery.ts'
import type { KubeList, Manifest } from './objects.ts'
import { openTransport, type Transport } from './transport.ts'

/** Timeout of a request; a caller's own signal replaces it. */
const answerMs = 30_000
/** Between two attempts to watch, while the API server restarts. */
const againMs = 500
/** Default field manager in managedFields. */
const userAgent = 'observable-platform'

const patchTypes = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
} as const

/**
 * Opens the API server of a cluster. It connects with the first request.
 *
 * @throws PlatformError API_UNREACHABLE from every request without a response
 */
export async function openApi(access: Access): Promise<Api> {
  return apiOver(await openTransport(access))
}

/** The API over a transport; tests pass their own. */
export function apiOver(transport: Transport): Api {
  const request: Api['request'] = async (path, options = {}) => readAnswer(await send(transport, path, options))
  let discovered: Promise<readonly ApiResource[]> | undefined
  const all = (): Promise<readonly ApiResource[]> => {
    discovered ??= discover(request).catch((error: unknown) => {
      discovered = undefined
      throw error
    })
    return discovered
  }
  const resourceOf = async ({ apiVersion, kind }: Pick<ObjectReference, 'apiVersion' | 'kind'>) => {
    const find = (list: readonly ApiResource[]) =>
      list.find((each) => each.apiVersion === apiVersion && each.kind === kind)
    let found = find(await all())
    if (!found) {
      discovered = undefined // a CRD may have come since
      found = find(await all())
    }
    if (found) return found
    throw new ApiError(404, 'NotFound', `the cluster serves no ${kind} of ${apiVersion}`)
  }
  const json = async <T>(path: string, options: ApiRequest = {}): Promise<T> => {
    const answer = await request(path, options)
    if (answer.status < 200 || answer.status > 299) throw errorOf(path, options, answer)
    return JSON.parse(answer.body) as T
  }
  const write = <T>(method: string, path: string, body: unknown, type = 'application/json'): Promise<T> =>
    json(path, { method, body: JSON.stringify(body), headers: { 'content-type': type } })
  const collectionOf: Api['collectionOf'] = async (object, namespace) =>
    collectionPath(await resourceOf(object), namespace)
  const pathOf: Api['pathOf'] = async ({ apiVersion, kind, metadata: { name, namespace } }) => {
    const resource = await resourceOf({ apiVersion, kind })
    return `${collectionPath(resource, namespace ?? 'default')}/${encodeURIComponent(name)}`
  }
  return {
    request,
    get: (path) => json(path),
    async find<T>(path: string) {
      const answer = await request(path)
      if (answer.status === 404) return undefined
      if (answer.status !== 200) throw errorOf(path, {}, answer)
      return JSON.parse(answer.body) as T
    },
    async list<T>(path: string, { labels, fields }: { labels?: string; fields?: string } = {}) {
      const query = { labelSelector: labels, fieldSelector: fields }
      const { items } = await json<{ items: KubeList<T>['items'] | null }>(withQuery(path, query))
      return items ?? [] // some kinds of empty list are null
    },
    watch: (path, signal, { labels } = {}) =>
      watchEvents(transport, withQuery(path, { watch: '1', labelSelector: labels }), signal),
    pathOf,
    collectionOf,
    resources: async () => preferred(await all()),
    async create<T extends Manifest>(object: T) {
      return write<T>('POST', await collectionOf(referenceOf(object), object.metadata.namespace ?? 'default'), object)
    },
    async apply<T extends Manifest>(object: T, { manager, force }: { manager: string; force?: boolean }) {
      const path = withQuery(await pathOf(referenceOf(object)), {
        fieldManager: manager,
        force: force ? 'true' : undefined,
      })
      return write<T>('PATCH', path, object, 'application/apply-patch+yaml')
    },
    patch: (path, body, type = 'merge') => write('PATCH', path, body, patchTypes[type]),
    async delete(path, { propagation = 'Background' } = {}) {
      const body = JSON.stringify({ kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: propagation })
      const options = { method: 'DELETE', body, headers: { 'content-type': 'application/json' } }
      const answer = await request(path, options)
      if (answer.status !== 404 && answer.status > 299) throw errorOf(path, options, answer)
    },
    close: () => transport.close(),
  }
}

function send(
  transport: Transport,
  path: string,
  { method = 'GET', headers, body, signal }: ApiRequest,
  stream = false,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = transport.request(
      {
        path,
        method,
        signal,
        headers: {
          accept: 'application/json',
          'user-agent': userAgent,
          ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
          ...headers,
        },
      },
      stream,
    )
    const failed = (cause: Error) => {
      if (signal?.aborted) return reject(signal.reason instanceof Error ? signal.reason : cause)
      const message = `the API server does not answer (${method} ${path.split('?')[0]}): ${cause.message || cause}`
      reject(new PlatformError('API_UNREACHABLE', message, { hint: 'pnpm verify cluster', cause }))
    }
    if (!signal) sent.setTimeout(answerMs, () => sent.destroy(new Error(`nothing within ${answerMs / 1000} s`)))
    sent.on('error', failed)
    sent.on('response', (answer) => {
      answer.on('error', failed)
      resolve(answer)
    })
    sent.end(body)
  })
}

async function readAnswer(message: IncomingMessage): Promise<ApiAnswer> {
  message.setEncoding('utf8') // characters may lie across two chunks
  let body = ''
  try {
    for await (const chunk of message) body += chunk
  } catch (cause) {
    throw new PlatformError('API_UNREACHABLE', `the API server broke off: ${(cause as Error).message}`, {
      hint: 'pnpm verify cluster',
      cause,
    })
  }
  const headers = Object.entries(message.headers).map(([name, value]) => [name, String(value)])
  return {
    status: message.statusCode ?? 0,
    headers: Object.fromEntries(headers),
    body,
  }
}

/** One watch after the other until the signal: the API server ends each after a while, and all when it restarts. */
async function* watchEvents<T>(
  transport: Transport,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent<T>, void, undefined> {
  while (!signal.aborted) {
    try {
      const message = await send(transport, path, { signal }, true)
      if (message.statusCode !== 200) {
        const answer = await readAnswer(message)
        if (answer.status < 500 && answer.status !== 429 && answer.status !== 410) throw errorOf(path, {}, answer)
      } else {
        for await (const line of linesOf(message)) {
          const event = JSON.parse(line) as WatchEvent<T>
          if (event.type === 'ERROR') break // too old: the next watch begins with what is there
          yield event
        }
      }
    } catch (error) {
      if (signal.aborted) return
      if (error instanceof ApiError) throw error
    }
    await sleep(againMs, undefined, { signal }).catch(() => {})
  }
}

async function* linesOf(message: IncomingMessage): AsyncGenerator<string, void, undefined> {
  message.setEncoding('utf8')
  let rest = ''
  for await (const chunk of message) {
    const lines = (rest + (chunk as string)).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line) yield line
  }
}

function errorOf(path: string, { method = 'GET' }: ApiRequest, { status, body }: ApiAnswer): ApiError {
  let said: { message?: string; reason?: string } = {}
  try {
    said = JSON.parse(body)
  } catch {
    // a proxy on the way, or a Service behind it, has words of its own
  }
  return new ApiError(
    status,
    said.reason ?? '',
    `${method} ${path.split('?')[0]}: ${said.message ?? `${status} ${body.trim().slice(0, 500)}`}`,
  )
}

/** The reference of a manifest's object. */
export function referenceOf({ apiVersion = '', kind = '', metadata }: Manifest): ObjectReference {
  return { apiVersion, kind, metadata }
}

/** A path with what of these is defined added to its query. */
export function withQuery(path: string, query: Readonly<Record<string, string | undefined>>): string {
  const added = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  )
  return added.length ? `${path}${path.includes('?') ? '&' : '?'}${added.join('&')}` : path
}
