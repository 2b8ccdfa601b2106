import { readFileSync } from 'node:fs'
import { type ClientRequest, Agent as HttpAgent, type RequestOptions, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { createSecureContext } from 'node:tls'
import { PlatformError } from '@platform/core'
import type { Access } from '../target.ts'
import { startProxy } from './proxy-process.ts'

/** Sends requests to one API server over keep-alive connections. */
export interface Transport {
  /** `stream`: a long-running response (a watch), which must not use up the connections of other requests. */
  request(options: RequestOptions, stream: boolean): ClientRequest
  close(): void
}

/** More would only wait in the API server, and each costs a TLS handshake. */
const connections = 8

/** Connection details of the target's cluster. */
export function openTransport(access: Access): Promise<Transport> {
  return access.certificate ? Promise.resolve(certificateTransport(access.kubeconfig)) : proxyTransport(access)
}

/** HTTPS with the client certificate of a kubeconfig that holds it inline. */
export function certificateTransport(kubeconfig: string): Transport {
  const { server, ...tls } = readCertificate(readFileSync(kubeconfig, 'utf8'), kubeconfig)
  const { hostname, port } = new URL(server)
  // Made once: certificates and key would be read again for each connection.
  const secureContext = createSecureContext(tls)
  const agent = new HttpsAgent({ secureContext, keepAlive: true, maxSockets: connections })
  const streams = new HttpsAgent({ secureContext, keepAlive: true })
  return {
    request: (options, stream) => requestHttps({ ...options, hostname, port, agent: stream ? streams : agent }),
    close() {
      agent.destroy()
      streams.destroy()
    },
  }
}

/** Parses a kubeconfig with one cluster and one user. Without a YAML library, because every call runs it. */
export function readCertificate(text: string, file: string) {
  const field = (name: string): string => {
    const value = new RegExp(`^ *-? *${name}: *"?([^"\\s]+)"? *$`, 'm').exec(text)?.[1]
    if (value) return value
    throw new PlatformError('INVALID_KUBECONFIG', `${file} has no ${name}`, { hint: 'pnpm up cluster' })
  }
  const decoded = (name: string) => Buffer.from(field(name), 'base64')
  return {
    server: field('server'),
    ca: decoded('certificate-authority-data'),
    cert: decoded('client-certificate-data'),
    key: decoded('client-key-data'),
  }
}

/** `kubectl proxy` on a private socket, so that every authentication of kubectl works. */
async function proxyTransport(access: Access): Promise<Transport> {
  const proxy = await startProxy(access)
  const agent = new HttpAgent({ keepAlive: true, maxSockets: connections })
  const streams = new HttpAgent({ keepAlive: true })
  return {
    request: ({ headers, ...options }, stream) =>
      requestHttp({
        ...options,
        socketPath: proxy.socket,
        headers: { ...headers, host: 'localhost' },
        agent: stream ? streams : agent,
      }),
    close() {
      agent.destroy()
      streams.destroy()
      proxy.end()
    },
  }
}
