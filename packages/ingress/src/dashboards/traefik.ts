import {
  average,
  defineDashboard,
  errorRateThresholds,
  graph,
  pie,
  type QueryVariable,
  type Row,
  stat,
  table,
  upThresholds,
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

/** The quantile of the request duration; 0 without requests. */
function quantile(share: number, by: string, metric: string, labels: string): string {
  return `histogram_quantile(${share}, sum by (${['le', by].filter(Boolean).join(', ')}) (${rate(`${metric}_request_duration_seconds_bucket`, labels)})) >= 0 or sum${by ? ` by (${by})` : ''} (${rate(`${metric}_request_duration_seconds_count`, labels)}) * 0`
}

function now(): Row {
  return {
    title: 'Now',
    panels: [
      stat({
        title: 'Instances up',
        description: 'Instances of Traefik that Prometheus can scrape.',
        unit: 'short',
        queries: [{ expr: 'sum(up{job="traefik"})' }],
        thresholds: upThresholds,
      }),
      stat({
        title: 'Requests',
        description: 'Requests per second through the selected entry points.',
        unit: 'reqps',
        queries: [{ expr: requests }],
      }),
      stat({
        title: 'Error rate',
        description: 'Share of requests with a 5xx response, from a service or from Traefik.',
        unit: 'percentunit',
        queries: [
          {
            expr: `(sum(${rate('traefik_entrypoint_requests_total', `${ofEntry}, code=~"5.."`)}) or vector(0)) / clamp_min(${requests}, 0.001)`,
          },
        ],
        thresholds: errorRateThresholds,
      }),
      stat({
        title: 'Average request duration',
        description: 'All requests through the selected entry points; 0 without requests.',
        unit: 's',
        queries: [{ expr: average('traefik_entrypoint_request_duration_seconds', ofEntry) }],
      }),
      stat({
        title: 'Open connections',
        description: 'Client connections that are open now.',
        unit: 'short',
        queries: [{ expr: `sum(traefik_open_connections{${ofEntry}})` }],
      }),
      stat({
        title: 'Uptime',
        description: 'Uptime of the most recently started instance of Traefik.',
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
        description: 'Requests per second.',
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
        title: 'Responses by status code',
        description: 'Responses in the selected time range by status code.',
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
        title: 'Requests by status code and method',
        description: 'Requests per second: top 10 combinations.',
        unit: 'reqps',
        queries: [
          {
            expr: `topk(10, sum by (method, code) (${rate('traefik_entrypoint_requests_total', ofEntry)}))`,
            legend: '{{method}} {{code}}',
          },
        ],
      }),
      graph({
        title: 'Request duration (p50/p95/p99)',
        description: '50 %, 95 % and 99 % of the requests took at most this long.',
        unit: 's',
        queries: [0.5, 0.95, 0.99].map((share) => ({
          expr: quantile(share, '', 'traefik_entrypoint', ofEntry),
          legend: `${share * 100} %`,
        })),
      }),
      graph({
        title: 'Traffic by entry point',
        description: 'Bytes per second of requests and responses.',
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
        description: 'Open connections.',
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
        description: 'Requests per second: top 10 services.',
        unit: 'reqps',
        queries: [{ expr: `topk(10, sum by (service) (${rate(metric, ofService)}))`, legend: '{{service}}' }],
      }),
      graph({
        title: 'Errors by service',
        description: '5xx responses per second of a service: top 10.',
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
        description: 'p95 request duration by service: the 10 slowest.',
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
        description: 'Requests and response bytes in the selected time range by service: top 50.',
        unit: 'short',
        width: 12,
        sortBy: 'Requests',
        queries: [
          { expr: `topk(50, sum by (service) (increase(${metric}{${ofService}}[$__range])))`, column: 'Requests' },
          {
            expr: `topk(50, sum by (service) (increase(traefik_service_responses_bytes_total{${ofService}}[$__range])))`,
            column: 'Response bytes',
            unit: 'bytes',
          },
        ],
      }),
      graph({
        title: 'Requests by router',
        description: 'Requests per second by router: top 10.',
        unit: 'reqps',
        queries: [
          {
            expr: `topk(10, sum by (router) (${rate('traefik_router_requests_total', ofService)}))`,
            legend: '{{router}}',
          },
        ],
      }),
      graph({
        title: 'Configuration reloads',
        description: 'Reloads in 10 minutes, caused by changes of Ingresses, Services and endpoints.',
        unit: 'short',
        min: 0,
        width: 6,
        queries: [{ expr: 'sum(increase(traefik_config_reloads_total[10m]))', legend: 'reloads' }],
      }),
      stat({
        title: 'Configuration age',
        description: 'Time since the last successful reload, on the instance where it is oldest.',
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
  description: 'Ingress traffic: requests, responses and errors by entry point and service.',
  tags: ['services'],
  variables: [entrypoint, service],
  rows: [now(), entrypoints(), services()],
})
