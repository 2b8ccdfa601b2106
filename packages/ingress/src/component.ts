import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineComponent, type Endpoint } from '@platform/engine'
import { authSecret } from './auth-secret.ts'

/** The Service that receives the requests. */
const entry: Endpoint = { namespace: 'kube-system', service: 'traefik-ingress', port: 80 }

/** Traefik's dashboard and metrics, without a login. */
export const dashboard: Endpoint = { namespace: 'kube-system', service: 'traefik-ingress-dashboard', port: 8080 }

export const component = defineComponent({
  name: 'ingress',
  directory: dirname(dirname(fileURLToPath(import.meta.url))),
  release: 'traefik-ingress',
  namespace: 'kube-system',
  secrets: [authSecret],
  values: ({ settings: { TARGET, components } }) => ({
    auth: { enabled: components.DASHBOARD_AUTH !== '0', secret: authSecret.name },
    ingress: { hosts: [components.TRAEFIK_HOST, TARGET === 'embedded' && 'traefik.localhost'].filter(Boolean) },
  }),
  // Checks, pages and addresses read these settings, so an overlay alone would change only the chart.
  decides: { 'auth.enabled': 'DASHBOARD_AUTH', 'ingress.hosts': 'TRAEFIK_HOST' },
  provides: { ingress: entry },
  pages: [
    {
      name: 'dashboard',
      endpoint: dashboard,
      host: 'TRAEFIK_HOST',
      localHost: 'traefik.localhost',
      path: '/dashboard/',
      login: {
        ...{ secret: authSecret.name, namespace: 'kube-system', user: 'username', password: 'password' },
        disabledBy: 'DASHBOARD_AUTH',
      },
    },
  ],
})
