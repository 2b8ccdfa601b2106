import type { ServiceObject } from '@platform/cluster'
import { type ComponentCheck, defineChecks, type ProofContext } from '@platform/engine'
import { StillWarming, untilSettled } from '@platform/engine/settled'
import { component, dashboard } from '../component.ts'
import { dashboardHost, labels, unique, unknownHost } from './common.ts'

const metrics: ComponentCheck = {
  id: 'metrics',
  dependsOn: ['ingress/traffic', 'ingress/scrape'],
  name: "the dashboard's Service announces its metrics, and they are available",
  timeoutMs: 60_000,
  hint: 'pnpm kubectl describe svc traefik-ingress-dashboard --namespace kube-system',
  async run(context) {
    const path = `/api/v1/namespaces/${dashboard.namespace}/services/${dashboard.service}`
    const { annotations = {} } = (await context.api.get<ServiceObject>(path)).metadata
    const { 'prometheus.io/scrape': scrape, 'prometheus.io/port': port } = annotations
    if (scrape !== 'true') throw new Error(`prometheus.io/scrape is ${scrape ?? 'missing'}, expected "true"`)
    return untilSettled(context, async () => {
      const { status, body } = await context.service({ ...dashboard, port: Number(port) }, '/metrics')
      const families = new Set(body.match(/^traefik_\w+/gm))
      if (status !== 200 || !families.has('traefik_config_reloads_total')) {
        throw new Error(`/metrics at port ${port}: ${status} with ${families.size} series of traefik_*`)
      }
      return `${families.size} series of traefik_* at port ${port}`
    })
  },
}

const accessLog: ComponentCheck = {
  id: 'access-log',
  dependsOn: ['ingress/traffic', 'ingress/access-log'],
  name: 'a request appears in the access log as a line of JSON',
  timeoutMs: 60_000,
  hint: 'pnpm kubectl logs --namespace kube-system deployment/traefik-ingress --tail 20',
  async run(context) {
    if ((context.values.accessLog as { enabled?: boolean } | undefined)?.enabled === false) {
      return 'off by the value accessLog.enabled'
    }
    const host = dashboardHost(context)
    // A new request each time: a terminating pod may have served the last one.
    return untilSettled(context, async () => {
      const path = `/${unique('verify-log')}`
      const { status } = await context.ingress(host, path)
      const line = (await logLines(context)).find((each) => each.includes(path))
      if (!line) throw new Error(`no access log line for the request to http://${host}${path}`)
      const entry = readLine(line)
      if (entry.RequestPath !== path || entry.RequestHost !== host || entry.DownstreamStatus !== status) {
        throw new Error(`expected RequestHost ${host}, RequestPath ${path}, DownstreamStatus ${status} in: ${line}`)
      }
      return `${entry.RequestMethod} ${host}${path} ${status}`
    })
  },
}

function readLine(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line)
  } catch {
    throw new Error(`the access log line of the request is not JSON: ${line.slice(0, 200)}`)
  }
}

/** The last lines of all pods: any of them may have served the request. */
async function logLines(context: ProofContext): Promise<readonly string[]> {
  const pods = await context.pods(labels)
  const logs = pods.map(async (pod) => {
    const path = `/api/v1/namespaces/${component.namespace}/pods/${pod}/log?container=traefik&sinceSeconds=60&tailLines=5000`
    return (await context.api.request(path)).body.split('\n')
  })
  return (await Promise.all(logs)).flat()
}

const series: ComponentCheck = {
  id: 'prometheus-series',
  dependsOn: ['ingress/traffic', 'ingress/series', 'prometheus/server', 'prometheus/targets'],
  name: 'Prometheus counts the requests',
  timeoutMs: 60_000,
  hint: 'pnpm open monitoring',
  needs: ['prometheus'],
  async run(context) {
    const prometheus = await context.prometheus()
    // Traefik exports the series only after its first request.
    await context.ingress(unknownHost(), '/')
    const requestedAt = Date.now()
    const query = 'sum by (entrypoint) (traefik_entrypoint_requests_total{job="traefik"})'
    const counted = async () => {
      const [samples, { activeTargets }] = await Promise.all([
        prometheus.query(query),
        prometheus.get<{ activeTargets: readonly Target[] }>('targets?state=active'),
      ])
      if (samples.length) return samples.map(({ labels: { entrypoint }, value }) => `${entrypoint} ${value}`).join(', ')
      const target = activeTargets.find(({ labels }) => labels.job === 'traefik')
      const isScraped = !target || Date.parse(target.lastScrape) > requestedAt
      throw isScraped ? new Error(`${query}: no series`) : new StillWarming(`${query}: not scraped since a request`)
    }
    return untilSettled(context, counted, { metrics: {} })
  },
}

interface Target {
  readonly labels: Readonly<Record<string, string>>
  readonly lastScrape: string
}

export const observedChecks = defineChecks([metrics, accessLog, series])
