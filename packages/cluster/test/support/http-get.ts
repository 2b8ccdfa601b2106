import { get } from 'node:http'

export interface HttpResponse {
  readonly status: number
  readonly body: string
}

/** A GET from the host, on a connection of its own. Throws when there is no answer within `limitMs`. */
export function httpGet(
  url: string,
  { host, login, limitMs = 5000 }: { host?: string; login?: { user: string; password: string }; limitMs?: number } = {},
): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(limitMs)
    const auth = login && `${login.user}:${login.password}`
    const request = get(url, { agent: false, signal, auth, headers: host ? { host } : {} }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (text) => (body += text))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
      response.on('error', reject)
    })
    request.on('error', (error) => reject(new Error(`GET ${url}: ${error.message}`)))
  })
}
