import type { KubeObject } from '@platform/cluster'
import type { Mutation } from '@platform/engine'
import { learned, merge, paths } from './change.ts'

const kind = 'mutation'
const middlewares = 'traefik.ingress.kubernetes.io/router.middlewares'

interface WithRules extends KubeObject {
  readonly rules?: readonly { readonly resources?: readonly string[] }[]
  readonly spec?: { readonly rules?: readonly { readonly host?: string }[] }
}

/** Mutations that take effect at once, or when Traefik has applied them: it watches these objects. */
export const objectMutations: readonly Mutation[] = [
  {
    ...{ kind, id: 'service-selector', caughtBy: 'load-balancer' },
    changes: ['ingress/traffic'],
    name: 'the Service selects no pod',
    break: (context) =>
      merge(context, paths.service, { spec: { selector: { 'app.kubernetes.io/instance': 'nobody' } } }),
  },
  {
    ...{ kind, id: 'service-type', caughtBy: 'ingresses' },
    changes: ['ingress/traffic'],
    name: 'the Service is not of type LoadBalancer',
    // A ClusterIP Service has no externalTrafficPolicy: the API server would reject it.
    break: (context) => merge(context, paths.service, { spec: { type: 'ClusterIP', externalTrafficPolicy: null } }),
  },
  {
    ...{ kind, id: 'backend-port', caughtBy: 'hosts' },
    changes: ['ingress/route/backend'],
    name: "the dashboard's Ingress names a port that its Service does not have",
    async break({ api }) {
      const path = '/spec/rules/0/http/paths/0/backend/service/port'
      await api.patch(paths.ingress, [{ op: 'replace', path, value: { number: 9 } }], 'json')
    },
    takeEffect: learned,
  },
  {
    ...{ kind, id: 'catch-all', caughtBy: 'wrong-host' },
    changes: ['ingress/route/hosts'],
    name: "the dashboard's Ingress matches every host",
    async break({ api }) {
      const { spec } = await api.get<WithRules>(paths.ingress)
      const [first] = spec?.rules ?? []
      const anyHost = { ...first, host: undefined }
      await api.patch(paths.ingress, [{ op: 'add', path: '/spec/rules/-', value: anyHost }], 'json')
    },
    takeEffect: learned,
  },
  {
    ...{ kind, id: 'websecure-port', caughtBy: 'websecure' },
    changes: ['ingress/websecure'],
    name: 'port 443 of the Service leads to plain HTTP',
    async break({ api }) {
      await api.patch(paths.service, [{ op: 'replace', path: '/spec/ports/1/targetPort', value: 'web' }], 'json')
    },
  },
  {
    ...{ kind, id: 'status-permission', caughtBy: 'routes' },
    changes: ['ingress/status'],
    name: 'Traefik may not write the addresses of Ingresses',
    async break({ api }) {
      const { rules = [] } = await api.get<WithRules>(paths.clusterRole)
      const fewer = rules.filter(({ resources }) => !resources?.includes('ingresses/status'))
      await api.patch(paths.clusterRole, { rules: fewer }, 'merge')
    },
  },
  {
    ...{ kind, id: 'no-login', caughtBy: 'no-password' },
    changes: ['ingress/route/middlewares'],
    name: "the dashboard's Ingress does not use the login middleware",
    break: (context) =>
      merge(context, paths.ingress, { metadata: { annotations: { [middlewares]: 'dashboard-slash@file' } } }),
    takeEffect: learned,
  },
  {
    ...{ kind, id: 'no-redirect', caughtBy: 'dashboard-slash' },
    changes: ['ingress/route/middlewares'],
    name: "the dashboard's Ingress does not redirect /dashboard",
    break: (context) => merge(context, paths.ingress, { metadata: { annotations: { [middlewares]: 'auth@file' } } }),
    takeEffect: learned,
  },
  {
    ...{ kind, id: 'scrape-port', caughtBy: 'metrics' },
    changes: ['ingress/scrape', 'prometheus/targets/traefik'],
    name: "the dashboard's Service names a wrong port for its metrics",
    break: (context) =>
      merge(context, paths.dashboardService, { metadata: { annotations: { 'prometheus.io/port': '9999' } } }),
  },
  {
    ...{ kind, id: 'job-label', caughtBy: 'prometheus-series', detectWithinMs: 60_000 },
    changes: ['ingress/series', 'prometheus/targets/traefik'],
    name: "the dashboard's Service has another app.kubernetes.io/name, so its job label changes",
    break: (context) =>
      merge(context, paths.dashboardService, { metadata: { labels: { 'app.kubernetes.io/name': 'somebody' } } }),
  },
]
