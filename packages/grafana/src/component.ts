import { fileURLToPath } from 'node:url'
import { defineComponent } from '@platform/engine'
import { admin, endpoint } from './names.ts'

export const component = defineComponent({
  name: 'grafana',
  directory: fileURLToPath(new URL('..', import.meta.url)),
  release: 'grafana-dashboard',
  namespace: 'monitoring',
  // The kit that they are made with is a package of its own: a change of it is one of every dashboard.
  collects: ['src/dashboards', 'src/dashboard-kit'],
  secrets: [
    {
      name: admin.name,
      keys: { [admin.user]: { value: 'admin' }, [admin.password]: { setting: 'GRAFANA_ADMIN_PASSWORD' } },
      // Grafana keeps the password in its database from the first start on.
      opens: ['grafana-dashboard'],
      change: async (context, changed) => (await import('./change-password.ts')).changePassword(context, changed),
    },
  ],
  externalInputs: {
    missing: async (input) => (await import('./originals/external-inputs.ts')).missing(input),
    digest: async (input) => (await import('./originals/external-inputs.ts')).state(input),
    invalid: async (input) => (await import('./originals/external-inputs.ts')).wrong(input),
    fetch: async (input, context) => (await import('./originals/external-inputs.ts')).fetchOriginals(input, context),
  },
  async values({ settings, root, overlays = [] }) {
    const { collectDashboards } = await import('./collect-dashboards.ts')
    const ours = await collectDashboards(root)
    const { importOriginals } = await import('./originals/import-originals.ts')
    const dashboards = { ...ours, ...importOriginals({ settings, root, overlays, ours }) }
    const host = settings.components.GRAFANA_HOST
    const hosts = [host, settings.TARGET === 'embedded' && 'grafana.localhost'].filter(Boolean)
    return { ingress: { hosts }, dashboards }
  },
  // Only Grafana itself goes by it: behind TLS an overlay knows better.
  presets: ({ components }) => ({ rootUrl: `http://${components.GRAFANA_HOST}/` }),
  // Checks and pages go by the setting: an overlay alone would change less than it says.
  decides: { 'ingress.hosts': 'GRAFANA_HOST' },
  provides: { grafana: endpoint },
  pages: [
    {
      name: 'grafana',
      endpoint,
      host: 'GRAFANA_HOST',
      localHost: 'grafana.localhost',
      login: { secret: admin.name, namespace: endpoint.namespace, user: admin.user, password: admin.password },
    },
  ],
})
