import { type Agent, type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { HttpRequest, HttpResponse } from '../../component/proof-context.ts'

/** Where a request is sent, independent of its Host header. */
export interface HttpAddress {
  readonly host: string
  readonly port: number
}

/** Milliseconds without data after which a request fails. The check has a timeout of its own. */
const idleTimeoutMs = 20_000

/**
 * Sends one HTTP request to an address with a separate Host header. Each request opens its own connection, so that it
 * reaches the current server.
 *
 * @param options.agent keeps connections open for requests with `keepAlive`; without an agent none is kept
 * @throws Error with the URL, the address and the cause
 */
export function requestAt(
  address: HttpAddress,
  url: { readonly host: string; readonly path: string },
  request: HttpRequest = {},
  { signal, agent }: { readonly signal?: AbortSignal; readonly agent?: Agent } = {},
): Promise<HttpResponse> {
  const { method = 'GET', headers, body, tls = false, keepAlive = false } = request
  const kept = keepAlive && !tls ? agent : undefined
  const options: RequestOptions = {
    ...{ host: address.host, port: address.port, path: url.path, method, signal, agent: kept ?? false },
    headers: {
      host: url.host,
      ...(!kept && { connection: 'close' }),
      ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
      ...authorization(request),
      ...headers,
    },
  }
  const shown = `${method} ${tls ? 'https' : 'http'}://${url.host}${url.path} at ${address.host}:${address.port}`
  return new Promise((resolve, reject) => {
    const failed = (error: Error) =>
      reject(signal?.aborted ? signal.reason : new Error(`${shown}: ${error.message || error}`, { cause: error }))
    // The default certificate is self-signed, so it cannot be verified.
    const sent = tls
      ? requestHttps({ ...options, servername: url.host, rejectUnauthorized: false })
      : requestHttp(options)
    sent.setTimeout(idleTimeoutMs, () => sent.destroy(new Error(`no data for ${idleTimeoutMs / 1000} s`)))
    sent.on('error', (error: NodeJS.ErrnoException) => {
      // The server closed the idle connection while the request was sent: https://nodejs.org/api/http.html#requestreusedsocket
      if (sent.reusedSocket && error.code === 'ECONNRESET' && method === 'GET') {
        requestAt(address, url, request, { signal, agent }).then(resolve, reject)
      } else failed(error)
    })
    sent.on('response', (message) => readResponse(message).then(resolve, failed))
    sent.end(body)
  })
}

/** The Authorization header of a login. */
export function authorization({ login }: Pick<HttpRequest, 'login'>): Readonly<Record<string, string>> {
  if (!login) return {}
  return { authorization: `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}` }
}

async function readResponse(message: IncomingMessage): Promise<HttpResponse> {
  message.setEncoding('utf8')
  let body = ''
  for await (const chunk of message) body += chunk
  const headers = Object.entries(message.headers).map(([name, value]) => [name, String(value)])
  return { status: message.statusCode ?? 0, headers: Object.fromEntries(headers), body }
}
