import {
  anyIsBad,
  average,
  bars,
  containerVariable,
  defineDashboard,
  fillingUp,
  graph,
  lines,
  namespaceVariable,
  type QueryVariable,
  type Row,
  realContainers,
  share,
  shareIsBad,
  stat,
  throttled,
} from '@platform/dashboards'

const container: QueryVariable = { ...containerVariable, label: 'Application (container)' }

const ofContainer = 'namespace=~"$namespace", container=~"$container"'
const running = `${realContainers}, ${ofContainer}`
const byContainer = 'by (namespace, container)'
const legend = '{{namespace}}/{{container}}'

/** Traefik calls its services `<namespace>-<service>-<port>@kubernetes`. */
const called = 'service=~"($namespace)-.*@kubernetes"'

const cpu = `sum ${byContainer} (rate(container_cpu_usage_seconds_total{${running}}[$__rate_interval]))`
const memory = `sum ${byContainer} (container_memory_working_set_bytes{${running}})`
const spec = (kind: 'requests' | 'limits', resource: string) =>
  `sum ${byContainer} (kube_pod_container_resource_${kind}{resource="${resource}", ${ofContainer}})`

function state(): Row {
  return {
    title: 'State',
    panels: [
      stat({
        title: 'Pods that run',
        description: 'Pods with one of the chosen containers that runs.',
        unit: 'short',
        width: 6,
        queries: [
          {
            expr: `count(count by (namespace, pod) (kube_pod_container_status_running{${ofContainer}} == 1))`,
          },
        ],
      }),
      stat({
        title: 'Containers not ready',
        description: 'Chosen containers that run or should, and are not ready.',
        unit: 'short',
        width: 6,
        queries: [{ expr: `count(kube_pod_container_status_ready{${ofContainer}} == 0) or vector(0)` }],
        thresholds: anyIsBad,
      }),
      stat({
        title: 'Restarts within an hour',
        description: 'How often the chosen containers were started again.',
        unit: 'short',
        width: 6,
        decimals: 0,
        queries: [{ expr: `sum(increase(kube_pod_container_status_restarts_total{${ofContainer}}[1h]))` }],
        thresholds: [{ from: 1, color: 'orange' }],
      }),
      stat({
        title: 'Errors of requests',
        description: 'Share of the requests through the ingress to the chosen namespaces that ended in a 5xx.',
        unit: 'percentunit',
        width: 6,
        queries: [
          {
            expr: `(sum(rate(traefik_service_requests_total{${called}, code=~"5.."}[$__rate_interval])) or vector(0)) / clamp_min(sum(rate(traefik_service_requests_total{${called}}[$__rate_interval])) or vector(0), 0.001)`,
          },
        ],
        thresholds: shareIsBad,
      }),
    ],
  }
}

function pods(): Row {
  return {
    title: 'Pods',
    panels: [
      graph({
        title: 'Pods of applications',
        description: 'Containers that run, by application: the ten with most.',
        unit: 'short',
        width: 24,
        min: 0,
        queries: [{ expr: `topk(10, sum ${byContainer} (kube_pod_container_status_running{${ofContainer}}))`, legend }],
      }),
    ],
  }
}

function cpuRow(): Row {
  return {
    title: 'CPU',
    panels: [
      graph({
        title: 'CPU of applications',
        description: 'Cores in use: the ten with most.',
        unit: 'short',
        stack: true,
        queries: [{ expr: `topk(10, ${cpu})`, legend }],
      }),
      bars({
        title: 'CPU against the limit',
        description: 'Cores in use as a share of the limit: the ten nearest to it. Without a limit there is no share.',
        ...fillingUp,
        queries: [{ expr: `topk(10, ${cpu} / ${spec('limits', 'cpu')})`, legend }],
      }),
      graph({
        title: 'CPU against the request',
        description: 'Cores in use as a share of those requested: above 100 % it lives on what others leave.',
        unit: 'percentunit',
        min: 0,
        queries: [{ expr: `topk(10, ${cpu} / ${spec('requests', 'cpu')})`, legend }],
      }),
      graph({
        title: 'Throttled',
        description: 'Share of the periods in which the limit stopped a container: the ten worst.',
        ...share,
        queries: [{ expr: `topk(10, ${throttled(running, 'namespace, container')})`, legend }],
      }),
    ],
  }
}

function memoryRow(): Row {
  return {
    title: 'Memory',
    panels: [
      graph({
        title: 'Memory of applications',
        description: 'Working set: the ten with most.',
        unit: 'bytes',
        stack: true,
        queries: [{ expr: `topk(10, ${memory})`, legend }],
      }),
      bars({
        title: 'Memory against the limit',
        description:
          'Working set as a share of the limit: the ten nearest to it; at 100 % the kernel ends the container.',
        ...fillingUp,
        queries: [{ expr: `topk(10, ${memory} / ${spec('limits', 'memory')})`, legend }],
      }),
      graph({
        title: 'Memory against the request',
        description: 'Working set as a share of what is requested: what is far above goes first when a node is short.',
        unit: 'percentunit',
        min: 0,
        queries: [{ expr: `topk(10, ${memory} / ${spec('requests', 'memory')})`, legend }],
      }),
      graph({
        title: 'Memory of programs',
        description: 'Memory without the page cache (rss): the ten with most. What only grows leaks.',
        unit: 'bytes',
        queries: [{ expr: `topk(10, sum ${byContainer} (container_memory_rss{${running}}))`, legend }],
      }),
    ],
  }
}

function requests(): Row {
  return {
    title: 'Requests and network',
    panels: [
      graph({
        title: 'Requests',
        description: 'Requests a second through the ingress, by service: the ten with most.',
        unit: 'reqps',
        width: 8,
        queries: [
          {
            expr: `topk(10, sum by (service) (rate(traefik_service_requests_total{${called}}[$__rate_interval])))`,
            legend: '{{service}}',
          },
        ],
      }),
      graph({
        title: 'Errors',
        description:
          'Requests a second through the ingress that ended in a fault of the caller (4xx) or of the service (5xx).',
        unit: 'reqps',
        width: 8,
        queries: ['4', '5'].map((kind) => ({
          expr: `sum(rate(traefik_service_requests_total{${called}, code=~"${kind}.."}[$__rate_interval])) or vector(0)`,
          legend: `${kind}xx`,
        })),
      }),
      graph({
        title: 'Response time',
        description: 'Average time of an answer through the ingress, by service: the ten slowest.',
        unit: 's',
        width: 8,
        queries: [
          {
            expr: `topk(10, ${average('traefik_service_request_duration_seconds', called, 'service')})`,
            legend: '{{service}}',
          },
        ],
      }),
      graph({
        title: 'Network',
        description: 'Bytes a second that the pods of the chosen namespaces receive and send.',
        unit: 'Bps',
        width: 24,
        queries: lines(
          (way) =>
            `topk(10, sum by (namespace) (rate(container_network_${way}_bytes_total{interface!="lo", namespace=~"$namespace", namespace!=""}[$__rate_interval])))`,
          { receive: '{{namespace}} in', transmit: '{{namespace}} out' },
        ),
      }),
    ],
  }
}

export const dashboard = defineDashboard({
  uid: 'applications',
  title: 'Applications',
  description: 'Applications by their containers: pods, CPU and memory against limits, requests, errors and network.',
  tags: ['kubernetes', 'services'],
  variables: [namespaceVariable, container],
  rows: [state(), pods(), cpuRow(), memoryRow(), requests()],
})
