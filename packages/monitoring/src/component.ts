import { repositoryRoot, usageError } from '@platform/core'
import { defineComponent, type Values, type ValuesInput } from '@platform/engine'

const namespace = 'monitoring'
const directory = new URL('..', import.meta.url).pathname.replace(/\/$/, '')
const login = {
  secret: 'traefik-ingress-auth',
  namespace: 'kube-system',
  user: 'username',
  password: 'password',
  unless: 'DASHBOARD_AUTH',
}
const prometheus = { namespace, service: 'prometheus-server', port: 80 }
const alertmanager = { namespace, service: 'prometheus-alertmanager', port: 80 }

/** Prometheus, Alertmanager, node-exporter and kube-state-metrics. */
export const component = defineComponent({
  name: 'monitoring',
  directory,
  release: 'prometheus',
  namespace,
  secrets: [
    {
      name: 'prometheus-alertmanager-receivers',
      keys: {
        'webhook-url': { setting: 'ALERT_WEBHOOK_URL', optional: true },
        'slack-url': { setting: 'ALERT_SLACK_URL', optional: true },
        'email-password': { setting: 'ALERT_EMAIL_PASSWORD', optional: true },
      },
    },
  ],
  values,
  // Checks, pages and the Secret of the receivers use these settings, so an overlay would change only some of it.
  decides: {
    'server.ingress.hosts': 'PROMETHEUS_HOST',
    'server.ingress.auth': 'DASHBOARD_AUTH',
    'alertmanager.ingress.hosts': 'ALERTMANAGER_HOST',
    'alertmanager.ingress.auth': 'DASHBOARD_AUTH',
    'alertmanager.receivers.webhook': 'ALERT_WEBHOOK_URL',
    'alertmanager.receivers.slack': 'ALERT_SLACK_URL, ALERT_SLACK_CHANNEL',
    'alertmanager.receivers.email': 'ALERT_EMAIL_TO, …_FROM, …_SMARTHOST, …_USERNAME, …_PASSWORD',
  },
  // The embedded cluster is one small node, and users and CI wait for its first data.
  presets: ({ TARGET }) => (TARGET === 'embedded' ? { scrape: { interval: '5s', timeout: '5s' } } : {}),
  provides: { prometheus, alertmanager },
  pages: [
    {
      name: 'prometheus',
      endpoint: prometheus,
      host: 'PROMETHEUS_HOST',
      localHost: 'prometheus.localhost',
      login,
    },
    {
      name: 'alertmanager',
      endpoint: alertmanager,
      host: 'ALERTMANAGER_HOST',
      localHost: 'alertmanager.localhost',
      login,
    },
  ],
})

async function values(input: ValuesInput): Promise<Values> {
  await rejectInvalidRules(input)
  const { components, TARGET } = input.settings
  const hosts = (host: string | undefined, local: string) => [
    ...(host ? [host] : []),
    ...(TARGET === 'embedded' ? [local] : []),
  ]
  const auth = components.DASHBOARD_AUTH !== '0'
  return {
    server: { ingress: { hosts: hosts(components.PROMETHEUS_HOST, 'prometheus.localhost'), auth } },
    alertmanager: {
      ingress: { hosts: hosts(components.ALERTMANAGER_HOST, 'alertmanager.localhost'), auth },
      receivers: receivers(components),
    },
  }
}

/** Validates the chart's rules and those of overlays before anything changes on the cluster. */
async function rejectInvalidRules({ settings, overlays = [] }: ValuesInput): Promise<void> {
  const { ownRuleProblems } = await import('./own-rules.ts')
  const own = await ownRuleProblems(directory, { root: repositoryRoot, cacheDir: settings.cacheDir })
  const problems = [...own, ...(await overlayProblems(overlays))]
  if (!problems.length) return
  throw usageError(
    'INVALID_RULES',
    `invalid rules:\n${problems.map((each) => `  ${each}`).join('\n')}`,
    'use the format of Prometheus rule files; packages/monitoring/chart/rules has examples',
  )
}

async function overlayProblems(overlays: NonNullable<ValuesInput['overlays']>): Promise<string[]> {
  if (!overlays.some(({ values: { rules } }) => rules)) return []
  const { extraRuleProblems } = await import('./extra-rules.ts')
  return extraRuleProblems(overlays)
}

/** The enabled receivers. Their URLs and passwords are in the Secret. */
function receivers(components: ValuesInput['settings']['components']): Values {
  const email = {
    to: components.ALERT_EMAIL_TO,
    from: components.ALERT_EMAIL_FROM,
    smarthost: components.ALERT_EMAIL_SMARTHOST,
  }
  const given = Object.values(email).filter(Boolean).length
  if (given > 0 && given < 3) {
    throw usageError(
      'INCOMPLETE_EMAIL',
      'alerts by email need ALERT_EMAIL_TO, ALERT_EMAIL_FROM and ALERT_EMAIL_SMARTHOST: set all of them or none',
      '.env.example describes every setting',
    )
  }
  if (given && components.ALERT_EMAIL_USERNAME && !components.ALERT_EMAIL_PASSWORD) {
    throw usageError(
      'INCOMPLETE_EMAIL',
      'ALERT_EMAIL_USERNAME is set, but ALERT_EMAIL_PASSWORD is not',
      '.env.example describes every setting',
    )
  }
  return {
    webhook: { enabled: Boolean(components.ALERT_WEBHOOK_URL) },
    slack: { enabled: Boolean(components.ALERT_SLACK_URL), channel: components.ALERT_SLACK_CHANNEL ?? '' },
    email: {
      enabled: given > 0,
      to: email.to ?? '',
      from: email.from ?? '',
      smarthost: email.smarthost ?? '',
      username: components.ALERT_EMAIL_USERNAME ?? '',
    },
  }
}
