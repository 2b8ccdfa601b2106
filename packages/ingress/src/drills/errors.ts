import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from '@platform/engine'
import { unique } from '../checks/common.ts'
import { component } from '../component.ts'

/** A port on which Traefik's pods do not listen. */
const CLOSED_PORT = 9
const EVERY_MS = 500

/** Requests through the ingress to a Service without a listening backend. */
export const serverErrors: Fault = {
  kind: 'fault',
  id: 'server-errors',
  name: 'requests through the ingress end in 5xx',
  alert: 'TraefikHighErrorRate',
  changes: ['alerts/traefik'],
  dependsOn: ['ingress'],
  async break(context) {
    const name = unique('verify-errors')
    const host = `${name}.invalid`
    const service = { name, port: { number: 80 } }
    const paths = [{ path: '/', pathType: 'Prefix', backend: { service } }]
    await context.temporary(
      {
        ...{ apiVersion: 'v1', kind: 'Service', metadata: { name } },
        spec: {
          selector: { 'app.kubernetes.io/name': 'traefik', 'app.kubernetes.io/instance': component.release },
          ports: [{ name: 'http', port: 80, targetPort: CLOSED_PORT, protocol: 'TCP' }],
        },
      },
      {
        ...{ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name } },
        spec: { ingressClassName: 'traefik', rules: [{ host, http: { paths } }] },
      },
    )
    await context.until(`a 5xx of http://${host}/`, async () => {
      const { status } = await context.ingress(host, '/')
      return status >= 500 || undefined
    })
    const end = new AbortController()
    context.signal.addEventListener('abort', () => end.abort(), { once: true })
    const requests = requestRepeatedly(() => context.ingress(host, '/'), end.signal)
    return {
      labels: { service: `${component.namespace}-${name}-80@kubernetes` },
      async undo() {
        end.abort()
        await requests
      },
    }
  },
}

async function requestRepeatedly(request: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await request().catch(() => {})
    await sleep(EVERY_MS, undefined, { signal }).catch(() => {})
  }
}
