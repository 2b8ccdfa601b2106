import type { ServiceObject } from '@platform/cluster'
import { type ComponentCheck, defineChecks, type ProofContext } from '@platform/engine'
import { component, dashboard } from '../component.ts'
import { dashboardHost, labels, soon, unique, unknownHost } from './common.ts'

/** A scrape, and what lies between two. */
const SCRAPED_WITHIN_MS = 45_000

const metrics: ComponentCheck = {
  id: 'metrics',
  name: "the dashboard's Service says where its metrics are, and they are there",
  limitMs: 15_000,
  hint: 'pnpm kubectl describe svc traefik-ingress-dashboard --namespace kube-system',
  async ask(context) {
    const path = `/api/v1/namespaces/${dashboard.namespace}/services/${dashboard.service}`
    const { annotations = {} } = (await context.api.get<ServiceObject>(path)).metadata
    const { 'prometheus.io/scrape': scrape, 'prometheus.io/port': port } = annotations
    if (scrape !== 'true') throw new Error(`prometheus.io/scrape is ${scrape ?? 'not there'}, expected "true"`)
    return soon(context, async () => {
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
  name: 'a request is in the access log, as a line of JSON',
  limitMs: 20_000,
  hint: 'pnpm kubectl logs --namespace kube-system deployment/traefik-ingress --tail 20',
  async ask(context) {
    if ((context.values.accessLog as { enabled?: boolean } | undefined)?.enabled === false) {
      return 'off by the value accessLog.enabled'
    }
    const host = dashboardHost(context)
    // Each time a new request: a pod that is just going may have had the last one.
    return soon(context, async () => {
      const path = `/${unique('verify-log')}`
      const { status } = await context.ingress(host, path)
      const line = (await logLines(context)).find((each) => each.includes(path))
      if (!line) throw new Error(`no line about the request for http://${host}${path}`)
      const said = readLine(line)
      if (said.RequestPath !== path || said.RequestHost !== host || said.DownstreamStatus !== status) {
        throw new Error(`expected RequestHost ${host}, RequestPath ${path}, DownstreamStatus ${status} in: ${line}`)
      }
      return `${said.RequestMethod} ${host}${path} ${status}`
    })
  },
}

function readLine(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line)
  } catch {
    throw new Error(`the line about the request is no JSON: ${line.slice(0, 200)}`)
  }
}

/** The last lines of all pods: any of them may have had the request. */
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
  name: 'Prometheus counts the requests',
  limitMs: SCRAPED_WITHIN_MS + 10_000,
  hint: 'pnpm open monitoring',
  needs: ['prometheus'],
  async ask(context) {
    const prometheus = await context.prometheus()
    // A Traefik that has had no request yet has no such series.
    await context.ingress(unknownHost(), '/')
    const query = 'sum by (entrypoint) (traefik_entrypoint_requests_total{job="traefik"})'
    return soon(
      context,
      async () => {
        const samples = await prometheus.query(query)
        if (!samples.length) throw new Error(`${query}: no series`)
        return samples.map(({ labels: { entrypoint }, value }) => `${entrypoint} ${value}`).join(', ')
      },
      SCRAPED_WITHIN_MS,
    )
  },
}

export const observedChecks = defineChecks([metrics, accessLog, series])
