import { type Agent, type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { HttpAnswer, HttpRequest } from '../../component/proof-context.ts'

/** Where a request goes, whatever its Host header says. */
export interface HttpAddress {
  readonly host: string
  readonly port: number
}

/** A silent server is given up after so long, in ms; what a check has in all is for its own limit. */
const silenceMs = 20_000

/**
 * One HTTP request to an address, with a Host header of its own. DNS is asked for the address alone. Each request opens its
 * own connection, so that it reaches whoever answers now.
 *
 * @param options.agent keeps connections open for the requests with `keepAlive`; without one, none is kept
 * @throws Error with the URL, the address and why there was no answer
 */
export function requestAt(
  address: HttpAddress,
  url: { readonly host: string; readonly path: string },
  request: HttpRequest = {},
  { signal, agent }: { readonly signal?: AbortSignal; readonly agent?: Agent } = {},
): Promise<HttpAnswer> {
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
    // The default certificate is self-signed: what is proved is who answers, not who vouches for it.
    const sent = tls
      ? requestHttps({ ...options, servername: url.host, rejectUnauthorized: false })
      : requestHttp(options)
    sent.setTimeout(silenceMs, () => sent.destroy(new Error(`silent for ${silenceMs / 1000} s`)))
    sent.on('error', (error: NodeJS.ErrnoException) => {
      // The server closed the kept connection at the moment of the request: https://nodejs.org/api/http.html#requestreusedsocket
      if (sent.reusedSocket && error.code === 'ECONNRESET' && method === 'GET') {
        requestAt(address, url, request, { signal, agent }).then(resolve, reject)
      } else failed(error)
    })
    sent.on('response', (message) => readAnswer(message).then(resolve, failed))
    sent.end(body)
  })
}

/** The header of a login. */
export function authorization({ login }: Pick<HttpRequest, 'login'>): Readonly<Record<string, string>> {
  if (!login) return {}
  return { authorization: `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}` }
}

async function readAnswer(message: IncomingMessage): Promise<HttpAnswer> {
  message.setEncoding('utf8')
  let body = ''
  for await (const chunk of message) body += chunk
  const headers = Object.entries(message.headers).map(([name, value]) => [name, String(value)])
  return { status: message.statusCode ?? 0, headers: Object.fromEntries(headers), body }
}
