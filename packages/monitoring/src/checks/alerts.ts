import { randomBytes } from 'node:crypto'
import type { Manifest } from '@platform/cluster'
import { type ComponentCheck, defineChecks, type ProofContext } from '@platform/engine'
import { retryFor, untilSettled } from '@platform/engine/settled'
import { joinProblems, namespace, valuesOf } from './common.ts'

/** An alert from the API of Prometheus. */
export interface Alert {
  readonly labels: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly state: string
}

const quiet: ComponentCheck = {
  id: 'alerts-quiet',
  dependsOn: ['prometheus/server', 'prometheus/rules', 'alertmanager/pod', 'alertmanager/service', 'alerts'],
  name: 'no alert except Watchdog fires',
  timeoutMs: 60_000,
  hint: 'pnpm -s kubectl get --raw /api/v1/namespaces/monitoring/services/prometheus-server:80/proxy/api/v1/alerts   # to accept a known alert, silence it with amtool in deployment/prometheus-alertmanager',
  async run(context) {
    const prometheus = await context.prometheus()
    const judged = async () => {
      const [{ alerts }, silenced] = await Promise.all([
        prometheus.get<{ alerts: Alert[] }>('alerts'),
        silencedAlerts(context),
      ])
      return judgeAlerts(alerts, silenced)
    }
    // Allows for the time window of a rule, and for pods that are starting.
    return untilSettled(context, judged, { metrics: { lagMs: 10_000 } })
  },
}

/** The message of the passed check. Throws if alerts fire, with the summary of each. Pure. */
export function judgeAlerts(alerts: readonly Alert[], silenced: readonly Pick<Alert, 'labels'>[] = []): string {
  const firing = alerts.filter(({ state }) => state === 'firing')
  if (!firing.some(({ labels }) => labels.alertname === 'Watchdog')) {
    throw new Error('Watchdog does not fire: Prometheus may not evaluate its rules')
  }
  const silencedIds = new Set(silenced.map(({ labels }) => identity(labels)))
  const others = firing.filter(({ labels }) => !isOfVerify(labels))
  const unsilenced = others.filter(({ labels }) => !silencedIds.has(identity(labels)))
  if (unsilenced.length) throw new Error(joinProblems(unsilenced.map(describe)))
  const pending = alerts.filter(({ state }) => state === 'pending').map(describe)
  return [
    'only Watchdog fires',
    others.length ? `silenced: ${joinProblems(others.map(describe))}` : '',
    pending.length ? `pending: ${joinProblems(pending)}` : '',
  ]
    .filter(Boolean)
    .join('; ')
}

/** Watchdog, and the test alerts of the check alerts-travel. */
function isOfVerify({ alertname, verify }: Alert['labels']): boolean {
  return alertname === 'Watchdog' || (alertname === 'SyntheticAlert' && verify !== undefined)
}

function identity(labels: Alert['labels']): string {
  return JSON.stringify(Object.entries(labels).sort())
}

function describe({ labels, annotations }: Alert): string {
  return `${labels.alertname}: ${annotations?.summary ?? JSON.stringify(labels)}`
}

async function silencedAlerts(context: ProofContext): Promise<readonly Pick<Alert, 'labels'>[]> {
  const endpoint = await context.endpoint('alertmanager')
  if (!endpoint) return []
  const { status, body } = await context.service(
    endpoint,
    '/api/v2/alerts?active=false&inhibited=false&unprocessed=false&silenced=true',
  )
  return status === 200 ? JSON.parse(body) : []
}

/** The port of the receiver in Alertmanager's configuration. */
const port = 9095
const receiverLabel = { 'platform.local/alert-receiver': 'verify' }
const TRAVELS_MS = 60_000

const travel: ComponentCheck = {
  id: 'alerts-travel',
  dependsOn: [
    'prometheus/server',
    'prometheus/rules/Watchdog',
    'prometheus/discovery',
    'prometheus/alerting',
    'alertmanager',
  ],
  name: 'Watchdog and a test alert reach a receiver within a minute',
  timeoutMs: 130_000,
  hint: 'pnpm kubectl logs -n monitoring deployment/prometheus-alertmanager --tail=20',
  async run(context) {
    const run = randomBytes(4).toString('hex')
    const [pod] = await context.temporary(receiver(run, valuesOf(context).images.prometheus))
    const name = pod?.metadata.name ?? ''
    await retryFor(context, 50_000, async () => {
      const ready = await context.pods('platform.local/alert-receiver=verify', namespace)
      if (!ready.includes(name)) throw new Error(`the test pod ${name} is not ready`)
    })
    const since = Date.now()
    const arrived = new Map<string, number>()
    const misrouted = await retryFor(context, TRAVELS_MS, async () => {
      for (const alert of await received(context, run)) {
        if (!arrived.has(alert)) arrived.set(alert, Math.round((Date.now() - since) / 1000))
      }
      const missing = ['Watchdog', 'SyntheticAlert'].filter((alert) => !arrived.has(alert))
      if (!missing.length) return undefined
      const { where, isLost } = await whereabouts(context, run, missing)
      // Alerts that Alertmanager routes elsewhere will not arrive.
      if (isLost) return `${missing.join(' and ')} will not arrive: ${where}`
      throw new Error(`${missing.join(' and ')} did not arrive within ${TRAVELS_MS / 1000} s: ${where}`)
    })
    if (misrouted) throw new Error(misrouted)
    return [...arrived].map(([alert, seconds]) => `${alert} after ${seconds} s`).join(', ')
  },
}

export const alertChecks = defineChecks([quiet, travel])

/** The alerts of this run, from all receivers: a receiver of another run may have received them. */
async function received(context: ProofContext, run: string): Promise<string[]> {
  const names = await context.pods('platform.local/alert-receiver=verify', namespace)
  const bodies = await Promise.all(
    names.map(async (name) => {
      const path = `/api/v1/namespaces/${namespace}/pods/${name}:${port}/proxy/received.txt`
      const { status, body } = await context.api.request(path, { signal: context.signal })
      return status === 200 ? body : ''
    }),
  )
  return bodies.flatMap((body) => alertsOf(body, run))
}

/** The names of a run's firing alerts in a receiver's log, with one notification of Alertmanager per line. Pure. */
export function alertsOf(text: string, run: string): string[] {
  return text
    .split('\n')
    .filter(Boolean)
    .flatMap((line) => (JSON.parse(line) as { alerts: { status: string; labels: Alert['labels'] }[] }).alerts)
    .filter(({ status, labels }) => status === 'firing' && labels.verify === run)
    .map(({ labels }) => labels.alertname ?? '')
}

interface Whereabouts {
  readonly where: string
  /** They will not arrive anymore. */
  readonly isLost?: boolean
}

/** Finds out how far the missing alerts got. */
async function whereabouts(context: ProofContext, run: string, missing: readonly string[]): Promise<Whereabouts> {
  const prometheus = await context.prometheus()
  if (!(await prometheus.query(`platform_synthetic_alert{verify="${run}"}`)).length)
    return { where: 'Prometheus does not scrape the test pod' }
  const { alerts } = await prometheus.get<{ alerts: Alert[] }>('alerts')
  const fires = alerts.filter(({ labels, state }) => labels.verify === run && state === 'firing')
  const notFiring = missing.filter((name) => !fires.some(({ labels }) => labels.alertname === name))
  if (notFiring.length) return { where: `Prometheus does not fire ${notFiring.join(' and ')}` }
  const endpoint = await context.endpoint('alertmanager')
  if (!endpoint) return { where: 'Alertmanager is not deployed' }
  const { body } = await context.service(endpoint, `/api/v2/alerts?filter=verify%3D%22${run}%22`)
  const matching = JSON.parse(body) as { labels: Alert['labels']; receivers: { name: string }[] }[]
  if (!matching.length) return { where: 'Alertmanager has not received them' }
  const routes = matching.map(
    ({ labels, receivers }) => `${labels.alertname} to ${receivers.map(({ name }) => name).join()}`,
  )
  const isLost = matching.some(({ receivers }) => !receivers.some(({ name }) => name === 'verify'))
  return { where: `Alertmanager sends ${routes.join(', ')}`, isLost }
}

/** A pod that serves the metric of the test alerts, and logs the notifications of Alertmanager. */
function receiver(run: string, image: string): Manifest {
  const script = `set -e
mkdir -p /www/cgi-bin
echo 'platform_synthetic_alert{verify="${run}"} 1' >/www/metrics.txt
: >/www/received.txt
cat >/www/cgi-bin/alerts <<'END'
#!/bin/sh
{ head -c "$CONTENT_LENGTH"; echo; } >>/www/received.txt
printf 'Content-Type: text/plain\\r\\n\\r\\nok\\n'
END
chmod +x /www/cgi-bin/alerts
exec httpd -f -p ${port} -h /www`
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: 'verify-alerts-',
      namespace,
      labels: { 'app.kubernetes.io/name': 'verify-alerts', ...receiverLabel },
      annotations: {
        ...{ 'prometheus.io/scrape': 'true', 'prometheus.io/port': String(port) },
        'prometheus.io/path': '/metrics.txt',
        'prometheus.io/interval': '1s',
      },
    } as unknown as Manifest['metadata'],
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65534,
        fsGroup: 65534,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [
        {
          name: 'receiver',
          image,
          imagePullPolicy: 'IfNotPresent',
          command: ['/bin/sh', '-c', script],
          readinessProbe: { httpGet: { path: '/metrics.txt', port }, periodSeconds: 1 },
          resources: { requests: { cpu: '5m', memory: '8Mi' }, limits: { cpu: '200m', memory: '32Mi' } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          volumeMounts: [{ name: 'www', mountPath: '/www' }],
        },
      ],
      volumes: [{ name: 'www', emptyDir: { sizeLimit: '8Mi' } }],
    },
  }
}
