import { get } from 'node:http'

export interface HttpAnswer {
  readonly status: number
  readonly body: string
}

/** A GET from the host, on a connection of its own. Throws when there is no answer within `limitMs`. */
export function httpGet(
  url: string,
  { host, limitMs = 5000 }: { host?: string; limitMs?: number } = {},
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(limitMs)
    const request = get(url, { agent: false, signal, headers: host ? { host } : {} }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (text) => (body += text))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
      response.on('error', reject)
    })
    request.on('error', (error) => reject(new Error(`GET ${url}: ${error.message}`)))
  })
}
