import {
  average,
  defineDashboard,
  graph,
  oneIsWell,
  pie,
  type QueryVariable,
  type Row,
  shareIsBad,
  stat,
  table,
} from '@platform/dashboards'

const entrypoint: QueryVariable = {
  name: 'entrypoint',
  label: 'Entry point',
  series: 'traefik_entrypoint_requests_total',
}

const service: QueryVariable = { name: 'service', label: 'Service', series: 'traefik_service_requests_total' }

const ofEntry = 'entrypoint=~"$entrypoint"'
const ofService = 'service=~"$service"'
const rate = (metric: string, labels: string) => `rate(${metric}{${labels}}[$__rate_interval])`
const requests = `sum(${rate('traefik_entrypoint_requests_total', ofEntry)})`

/** Below this share of the requests an answer came within the time. 0 where there were none. */
function quantile(share: number, by: string, metric: string, labels: string): string {
  return `histogram_quantile(${share}, sum by (${['le', by].filter(Boolean).join(', ')}) (${rate(`${metric}_request_duration_seconds_bucket`, labels)})) >= 0 or sum${by ? ` by (${by})` : ''} (${rate(`${metric}_request_duration_seconds_count`, labels)}) * 0`
}

function now(): Row {
  return {
    title: 'Now',
    panels: [
      stat({
        title: 'Instances up',
        description: 'Instances of Traefik that answer Prometheus.',
        unit: 'short',
        queries: [{ expr: 'sum(up{job="traefik"})' }],
        thresholds: oneIsWell,
      }),
      stat({
        title: 'Requests',
        description: 'Requests a second through the chosen entry points.',
        unit: 'reqps',
        queries: [{ expr: requests }],
      }),
      stat({
        title: 'Errors',
        description: 'Share of the requests that ended in a fault of a service or of Traefik (5xx).',
        unit: 'percentunit',
        queries: [
          {
            expr: `(sum(${rate('traefik_entrypoint_requests_total', `${ofEntry}, code=~"5.."`)}) or vector(0)) / clamp_min(${requests}, 0.001)`,
          },
        ],
        thresholds: shareIsBad,
      }),
      stat({
        title: 'Average time of an answer',
        description: 'Of all requests through the chosen entry points; 0 while there are none.',
        unit: 's',
        queries: [{ expr: average('traefik_entrypoint_request_duration_seconds', ofEntry) }],
      }),
      stat({
        title: 'Open connections',
        description: 'Connections of callers that are open now.',
        unit: 'short',
        queries: [{ expr: `sum(traefik_open_connections{${ofEntry}})` }],
      }),
      stat({
        title: 'Up since',
        description: 'The shortest time since an instance of Traefik was started.',
        unit: 's',
        queries: [{ expr: 'min(time() - process_start_time_seconds{job="traefik"})' }],
      }),
    ],
  }
}

function entrypoints(): Row {
  return {
    title: 'Entry points',
    panels: [
      graph({
        title: 'Requests by entry point',
        description: 'Requests a second.',
        unit: 'reqps',
        stack: true,
        queries: [
          {
            expr: `sum by (entrypoint) (${rate('traefik_entrypoint_requests_total', ofEntry)})`,
            legend: '{{entrypoint}}',
          },
        ],
      }),
      pie({
        title: 'Answers by status',
        description: 'How many requests within the chosen time ended in each status.',
        unit: 'short',
        decimals: 0,
        queries: [
          {
            expr: `sum by (code) (increase(traefik_entrypoint_requests_total{${ofEntry}}[$__range]))`,
            legend: '{{code}}',
          },
        ],
      }),
      graph({
        title: 'Requests by status and method',
        description: 'Requests a second: the ten pairs with most.',
        unit: 'reqps',
        queries: [
          {
            expr: `topk(10, sum by (method, code) (${rate('traefik_entrypoint_requests_total', ofEntry)}))`,
            legend: '{{method}} {{code}}',
          },
        ],
      }),
      graph({
        title: 'Time of answers',
        description: 'Half of the requests, 95 % and 99 % were answered within this time.',
        unit: 's',
        queries: [0.5, 0.95, 0.99].map((share) => ({
          expr: quantile(share, '', 'traefik_entrypoint', ofEntry),
          legend: `${share * 100} %`,
        })),
      }),
      graph({
        title: 'Traffic by entry point',
        description: 'Bytes a second of requests and of answers.',
        unit: 'Bps',
        queries: [
          {
            expr: `sum by (entrypoint) (${rate('traefik_entrypoint_requests_bytes_total', ofEntry)})`,
            legend: '{{entrypoint}} in',
          },
          {
            expr: `sum by (entrypoint) (${rate('traefik_entrypoint_responses_bytes_total', ofEntry)})`,
            legend: '{{entrypoint}} out',
          },
        ],
      }),
      graph({
        title: 'Connections by entry point',
        description: 'Connections that are open.',
        unit: 'short',
        queries: [{ expr: `sum by (entrypoint) (traefik_open_connections{${ofEntry}})`, legend: '{{entrypoint}}' }],
      }),
    ],
  }
}

function services(): Row {
  const metric = 'traefik_service_requests_total'
  return {
    title: 'Services',
    panels: [
      graph({
        title: 'Requests by service',
        description: 'Requests a second: the ten services with most.',
        unit: 'reqps',
        queries: [{ expr: `topk(10, sum by (service) (${rate(metric, ofService)}))`, legend: '{{service}}' }],
      }),
      graph({
        title: 'Errors by service',
        description: 'Requests a second that a service answered with a fault of its own (5xx): the ten with most.',
        unit: 'reqps',
        min: 0,
        queries: [
          {
            expr: `topk(10, sum by (service) (${rate(metric, `${ofService}, code=~"5.."`)})) or vector(0)`,
            legend: '{{service}}',
          },
        ],
        thresholds: [{ from: 0.01, color: 'red' }],
      }),
      graph({
        title: 'Slowest services',
        description: '95 % of the requests to a service were answered within this time: the ten slowest.',
        unit: 's',
        queries: [
          {
            expr: `topk(10, ${quantile(0.95, 'service', 'traefik_service', ofService)})`,
            legend: '{{service}}',
          },
        ],
      }),
      table({
        title: 'Services',
        description: 'Requests within the chosen time and bytes that were answered, by service: 50 at most.',
        unit: 'short',
        width: 12,
        sortBy: 'Requests',
        queries: [
          { expr: `topk(50, sum by (service) (increase(${metric}{${ofService}}[$__range])))`, column: 'Requests' },
          {
            expr: `topk(50, sum by (service) (increase(traefik_service_responses_bytes_total{${ofService}}[$__range])))`,
            column: 'Answered',
            unit: 'bytes',
          },
        ],
      }),
      graph({
        title: 'Requests by router',
        description: 'Requests a second by the rule that took them: the ten with most.',
        unit: 'reqps',
        queries: [
          {
            expr: `topk(10, sum by (router) (${rate('traefik_router_requests_total', ofService)}))`,
            legend: '{{router}}',
          },
        ],
      }),
      graph({
        title: 'Reloads of the configuration',
        description: 'Reloads within ten minutes: Ingresses, Services and their endpoints that changed.',
        unit: 'short',
        min: 0,
        width: 6,
        queries: [{ expr: 'sum(increase(traefik_config_reloads_total[10m]))', legend: 'reloads' }],
      }),
      stat({
        title: 'Configuration is of',
        description:
          'Time since the configuration was last reloaded and understood, on the instance where that is longest ago.',
        unit: 's',
        ...{ width: 6, height: 8 },
        queries: [{ expr: 'max(time() - traefik_config_last_reload_success)' }],
      }),
    ],
  }
}

export const dashboard = defineDashboard({
  uid: 'traefik',
  title: 'Traefik',
  description: 'What comes in through the ingress, how it is answered, and by which service.',
  tags: ['services'],
  variables: [entrypoint, service],
  rows: [now(), entrypoints(), services()],
})
