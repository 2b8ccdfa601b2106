import { defineChecks, type ProofContext } from '@platform/engine'
import { StillWarming, untilSettled } from '@platform/engine/settled'
import { joinProblems, valuesOf } from './common.ts'
import { configText } from './loaded-config.ts'

/** Prometheus resends a firing alert every 30 seconds. An older one is stale. */
const FRESH_MS = 50_000

/** Alerts are evaluated every five seconds and resent 25 seconds later. */
const RESENT_MS = 45_000

/** The configuration key of each receiver, and the key of its Secret. */
const kinds = {
  webhook: { config: 'webhook_configs', key: 'webhook-url' },
  slack: { config: 'slack_configs', key: 'slack-url' },
  email: { config: 'email_configs', key: 'email-password' },
} as const

interface Config {
  readonly route: { readonly receiver: string; readonly routes?: readonly { readonly receiver: string }[] }
  readonly receivers: readonly Readonly<Record<string, unknown>>[]
}

export const alertmanagerChecks = defineChecks([
  {
    id: 'alertmanager-config',
    dependsOn: ['alertmanager/pod', 'alertmanager/service', 'alertmanager/config'],
    name: 'Alertmanager has loaded the enabled receivers',
    timeoutMs: 60_000,
    hint: 'pnpm kubectl logs -n monitoring deployment/prometheus-alertmanager --tail=20',
    async run(context) {
      const { parse } = await import('yaml')
      const { config } = await request<{ config: { original: string } }>(context, '/api/v2/status')
      const loaded = parse(config.original) as Config
      const written = parse(await configText(context, 'prometheus-alertmanager', 'alertmanager.yml')) as Config
      const wanted = Object.entries(kinds).filter(([name]) => isEnabled(context, name))
      const problems = [
        ...differences(written, loaded),
        ...Object.entries(kinds)
          .filter(([name, kind]) => isEnabled(context, name) !== has(loaded, kind.config))
          .map(
            ([name]) =>
              `the receiver ${name} is ${isEnabled(context, name) ? 'enabled but not loaded' : 'loaded but not enabled'}`,
          ),
      ]
      if (problems.length) throw new Error(joinProblems(problems))
      for (const [name, { key }] of wanted) {
        const anonymous = name === 'email' && !valuesOf(context).alertmanager.receivers.email.username
        if (!anonymous) await context.secret('prometheus-alertmanager-receivers', key)
      }
      return wanted.map(([name]) => name).join(', ') || 'no receivers are enabled or loaded'
    },
  },
  {
    id: 'watchdog',
    dependsOn: [
      'prometheus/server',
      'prometheus/rules/Watchdog',
      'prometheus/alerting',
      'alertmanager/pod',
      'alertmanager/service',
    ],
    name: 'the alert Watchdog reaches Alertmanager',
    timeoutMs: 60_000,
    hint: 'pnpm -s kubectl get --raw /api/v1/namespaces/monitoring/services/prometheus-alertmanager:80/proxy/api/v2/alerts',
    async run(context) {
      const prometheus = await context.prometheus()
      const received = async () => {
        const { activeAlertmanagers } = await prometheus.get<{ activeAlertmanagers: { url: string }[] }>(
          'alertmanagers',
        )
        const urls = activeAlertmanagers.map(({ url }) => url)
        if (!urls.some((url) => url.includes('prometheus-alertmanager.monitoring.svc'))) {
          throw new Error(
            `Prometheus sends alerts to ${urls.join(', ') || 'no Alertmanager'}, expected prometheus-alertmanager`,
          )
        }
        const alerts = await request<{ updatedAt: string }[]>(
          context,
          '/api/v2/alerts?filter=alertname%3D%22Watchdog%22',
        )
        const [newest] = alerts.map(({ updatedAt }) => Date.now() - Date.parse(updatedAt)).sort((a, b) => a - b)
        const seconds = Math.round((newest ?? 0) / 1000)
        if (newest !== undefined && newest <= FRESH_MS) return `received ${seconds} s ago`
        const message = newest === undefined ? 'Alertmanager has no alert Watchdog' : `received ${seconds} s ago`
        // A notification that failed at first is retried half a minute later.
        throw (await uptimeMs(context)) < RESENT_MS ? new StillWarming(message) : new Error(message)
      }
      return untilSettled(context, received, { metrics: {} })
    },
  },
])

/** For how long both Prometheus and Alertmanager have been running, in ms. */
async function uptimeMs(context: ProofContext): Promise<number> {
  const prometheus = await context.prometheus()
  const [{ startTime }, { uptime }] = await Promise.all([
    prometheus.get<{ startTime: string }>('status/runtimeinfo'),
    request<{ uptime: string }>(context, '/api/v2/status'),
  ])
  return Date.now() - Math.max(Date.parse(startTime), Date.parse(uptime))
}

async function request<T>(context: ProofContext, path: string): Promise<T> {
  const endpoint = await context.endpoint('alertmanager')
  if (!endpoint) throw new Error('Alertmanager is not deployed')
  const { status, body } = await context.service(endpoint, path)
  if (status !== 200) throw new Error(`Alertmanager returned ${status} for ${path}: ${body.slice(0, 200)}`)
  return JSON.parse(body) as T
}

function isEnabled(context: ProofContext, name: string): boolean {
  const { receivers } = valuesOf(context).alertmanager
  return receivers[name as keyof typeof kinds].enabled
}

/** Whether a receiver has this configuration. The receiver of the check alerts-travel does not count. */
function has({ receivers }: Config, key: string): boolean {
  const real = receivers.filter(({ name }) => name !== 'verify')
  return real.some((receiver) => Array.isArray(receiver[key]) && receiver[key].length > 0)
}

function differences(written: Config, loaded: Config): string[] {
  const routes = ({ route }: Config) => [route.receiver, ...(route.routes ?? []).map(({ receiver }) => receiver)].join()
  const names = ({ receivers }: Config) => receivers.map(({ name }) => name).join()
  return [
    routes(written) !== routes(loaded) && `loaded routes: ${routes(loaded)}; the ConfigMap has ${routes(written)}`,
    names(written) !== names(loaded) && `loaded receivers: ${names(loaded)}; the ConfigMap has ${names(written)}`,
  ].filter((line): line is string => Boolean(line))
}
