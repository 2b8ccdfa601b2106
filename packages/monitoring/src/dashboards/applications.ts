import {
  average,
  bars,
  containerVariable,
  defineDashboard,
  errorRateThresholds,
  graph,
  lines,
  namespaceVariable,
  type QueryVariable,
  type Row,
  realContainers,
  share,
  stat,
  throttled,
  utilization,
  zeroThresholds,
} from '@platform/dashboards'

const container: QueryVariable = { ...containerVariable, label: 'Application (container)' }

const ofContainer = 'namespace=~"$namespace", container=~"$container"'
const running = `${realContainers}, ${ofContainer}`
const byContainer = 'by (namespace, container)'
const legend = '{{namespace}}/{{container}}'

/** Traefik names its services `<namespace>-<service>-<port>@kubernetes`. */
const ofService = 'service=~"($namespace)-.*@kubernetes"'

const cpu = `sum ${byContainer} (rate(container_cpu_usage_seconds_total{${running}}[$__rate_interval]))`
const memory = `sum ${byContainer} (container_memory_working_set_bytes{${running}})`
const spec = (kind: 'requests' | 'limits', resource: string) =>
  `sum ${byContainer} (kube_pod_container_resource_${kind}{resource="${resource}", ${ofContainer}})`

function status(): Row {
  return {
    title: 'Status',
    panels: [
      stat({
        title: 'Running pods',
        description: 'Pods in which one of the selected containers runs.',
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
        description: 'Selected containers that are not ready.',
        unit: 'short',
        width: 6,
        queries: [{ expr: `count(kube_pod_container_status_ready{${ofContainer}} == 0) or vector(0)` }],
        thresholds: zeroThresholds,
      }),
      stat({
        title: 'Container restarts (1h)',
        description: 'Restarts of the selected containers within an hour.',
        unit: 'short',
        width: 6,
        decimals: 0,
        queries: [{ expr: `sum(increase(kube_pod_container_status_restarts_total{${ofContainer}}[1h]))` }],
        thresholds: [{ from: 1, color: 'orange' }],
      }),
      stat({
        title: 'Request error rate (5xx)',
        description: 'Share of the requests through the ingress to the selected namespaces that got a 5xx response.',
        unit: 'percentunit',
        width: 6,
        queries: [
          {
            expr: `(sum(rate(traefik_service_requests_total{${ofService}, code=~"5.."}[$__rate_interval])) or vector(0)) / clamp_min(sum(rate(traefik_service_requests_total{${ofService}}[$__rate_interval])) or vector(0), 0.001)`,
          },
        ],
        thresholds: errorRateThresholds,
      }),
    ],
  }
}

function pods(): Row {
  return {
    title: 'Pods',
    panels: [
      graph({
        title: 'Running containers by application',
        description: 'Running containers, top 10 applications.',
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
        title: 'CPU usage by application',
        description: 'Cores in use, top 10 applications.',
        unit: 'short',
        stack: true,
        queries: [{ expr: `topk(10, ${cpu})`, legend }],
      }),
      bars({
        title: 'CPU usage (% of limit)',
        description: 'Cores in use as a share of the CPU limit, top 10. Only containers with a limit are shown.',
        ...utilization,
        queries: [{ expr: `topk(10, ${cpu} / ${spec('limits', 'cpu')})`, legend }],
      }),
      graph({
        title: 'CPU usage (% of request)',
        description:
          'Cores in use as a share of the CPU request. Above 100 % the container depends on spare CPU of the node.',
        unit: 'percentunit',
        min: 0,
        queries: [{ expr: `topk(10, ${cpu} / ${spec('requests', 'cpu')})`, legend }],
      }),
      graph({
        title: 'CPU throttling',
        description: 'Share of the periods in which a container was throttled by its CPU limit, top 10.',
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
        title: 'Memory usage by application',
        description: 'Working set, top 10 applications.',
        unit: 'bytes',
        stack: true,
        queries: [{ expr: `topk(10, ${memory})`, legend }],
      }),
      bars({
        title: 'Memory usage (% of limit)',
        description: 'Working set as a share of the memory limit, top 10. At 100 % the kernel kills the container.',
        ...utilization,
        queries: [{ expr: `topk(10, ${memory} / ${spec('limits', 'memory')})`, legend }],
      }),
      graph({
        title: 'Memory usage (% of request)',
        description:
          'Working set as a share of the memory request. Under node pressure, pods far above 100 % are evicted first.',
        unit: 'percentunit',
        min: 0,
        queries: [{ expr: `topk(10, ${memory} / ${spec('requests', 'memory')})`, legend }],
      }),
      graph({
        title: 'Memory RSS',
        description: 'Memory without the page cache, top 10. Constant growth hints at a memory leak.',
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
        description: 'Requests per second through the ingress, top 10 services.',
        unit: 'reqps',
        width: 8,
        queries: [
          {
            expr: `topk(10, sum by (service) (rate(traefik_service_requests_total{${ofService}}[$__rate_interval])))`,
            legend: '{{service}}',
          },
        ],
      }),
      graph({
        title: 'Errors (4xx, 5xx)',
        description: 'Requests per second through the ingress with a client error (4xx) or a server error (5xx).',
        unit: 'reqps',
        width: 8,
        queries: ['4', '5'].map((kind) => ({
          expr: `sum(rate(traefik_service_requests_total{${ofService}, code=~"${kind}.."}[$__rate_interval])) or vector(0)`,
          legend: `${kind}xx`,
        })),
      }),
      graph({
        title: 'Request duration (average)',
        description: 'Average duration of a request through the ingress, top 10 services.',
        unit: 's',
        width: 8,
        queries: [
          {
            expr: `topk(10, ${average('traefik_service_request_duration_seconds', ofService, 'service')})`,
            legend: '{{service}}',
          },
        ],
      }),
      graph({
        title: 'Network traffic',
        description: 'Bytes per second that the pods of the selected namespaces receive and send.',
        unit: 'Bps',
        width: 24,
        queries: lines(
          (direction) =>
            `topk(10, sum by (namespace) (rate(container_network_${direction}_bytes_total{interface!="lo", namespace=~"$namespace", namespace!=""}[$__rate_interval])))`,
          { receive: '{{namespace}} received', transmit: '{{namespace}} sent' },
        ),
      }),
    ],
  }
}

export const dashboard = defineDashboard({
  uid: 'applications',
  title: 'Applications',
  description: 'Applications by container: pods, CPU and memory compared with limits, requests, errors and network.',
  tags: ['kubernetes', 'services'],
  variables: [namespaceVariable, container],
  rows: [status(), pods(), cpuRow(), memoryRow(), requests()],
})
