import {
  bars,
  defineDashboard,
  graph,
  lines,
  namespaceVariable,
  nodeDisks,
  nodeVariable,
  type QueryVariable,
  type Row,
  realContainers,
  stat,
  table,
  utilization,
  zeroThresholds,
} from '@platform/dashboards'

const container: QueryVariable = {
  name: 'container',
  label: 'Container',
  series: 'container_start_time_seconds{container!="", image!="", namespace=~"$namespace", node=~"$node"}',
}

const selected = `${realContainers}, namespace=~"$namespace", node=~"$node", container=~"$container"`

/** Network series belong to the pod's pause container, so no container label can be selected. */
const podNetwork = 'interface!="lo", namespace!="", namespace=~"$namespace", node=~"$node"'

const byContainer = 'sum by (namespace, pod, container)'
const legend = '{{namespace}}/{{pod}}/{{container}}'

/** Top 10 by container. */
function top10(expression: string): string {
  return `topk(10, ${byContainer} (${expression}))`
}

function overview(): Row {
  return {
    title: 'Overview',
    panels: [
      stat({
        title: 'Containers',
        description: 'Number of selected containers (cAdvisor).',
        unit: 'short',
        queries: [{ expr: `count(container_start_time_seconds{${selected}})` }],
      }),
      stat({
        title: 'CPU usage',
        description: 'Cores that the selected containers use.',
        unit: 'cores',
        decimals: 2,
        queries: [{ expr: `sum(rate(container_cpu_usage_seconds_total{${selected}}[$__rate_interval]))` }],
      }),
      stat({
        title: 'Memory usage',
        description: 'Working set of the selected containers (memory that cannot be reclaimed).',
        unit: 'bytes',
        queries: [{ expr: `sum(container_memory_working_set_bytes{${selected}})` }],
      }),
      stat({
        title: 'Swap usage',
        description: 'Memory of the selected containers that is swapped out.',
        unit: 'bytes',
        queries: [{ expr: `sum(container_memory_swap{${selected}})` }],
      }),
      stat({
        title: 'Newest container',
        description: 'Time since the newest of the selected containers started.',
        unit: 's',
        queries: [{ expr: `min(time() - container_start_time_seconds{${selected}})` }],
      }),
      stat({
        title: 'cAdvisor scrape errors',
        description: 'Nodes on which cAdvisor could not read container metrics.',
        unit: 'short',
        queries: [{ expr: 'sum(container_scrape_error{node=~"$node"})' }],
        thresholds: zeroThresholds,
      }),
    ],
  }
}

function cpu(): Row {
  return {
    title: 'CPU',
    panels: [
      graph({
        title: 'CPU usage by container',
        description: 'Cores in use, top 10 containers.',
        unit: 'short',
        stack: true,
        queries: [{ expr: top10(`rate(container_cpu_usage_seconds_total{${selected}}[$__rate_interval])`), legend }],
      }),
      graph({
        title: 'CPU usage: user and system',
        description: 'Cores that the selected containers use in their own code (user) and in the kernel (system).',
        unit: 'short',
        stack: true,
        queries: lines((metric) => `sum(rate(${metric}{${selected}}[$__rate_interval]))`, {
          container_cpu_user_seconds_total: 'user',
          container_cpu_system_seconds_total: 'system',
        }),
      }),
    ],
  }
}

function memory(): Row {
  const limit = `(container_spec_memory_limit_bytes{${selected}} > 0)`
  return {
    title: 'Memory',
    panels: [
      graph({
        title: 'Memory usage by container',
        description: 'Working set, top 10 containers.',
        unit: 'bytes',
        stack: true,
        queries: [{ expr: top10(`container_memory_working_set_bytes{${selected}}`), legend }],
      }),
      graph({
        title: 'Memory by type',
        description: 'RSS, page cache, mapped files and kernel memory of the selected containers.',
        unit: 'bytes',
        queries: lines((metric) => `sum(${metric}{${selected}})`, {
          container_memory_rss: 'RSS',
          container_memory_cache: 'cache',
          container_memory_mapped_file: 'mapped files',
          container_memory_kernel_usage: 'kernel',
        }),
      }),
      bars({
        title: 'Memory usage (% of limit)',
        description: 'Working set as a share of the memory limit, top 10. Only containers with a limit are shown.',
        ...utilization,
        queries: [{ expr: top10(`container_memory_working_set_bytes{${selected}} / ${limit}`), legend }],
      }),
      bars({
        title: 'Memory left until limit',
        description: 'Bytes between the working set and the memory limit, for the 10 containers with the least.',
        unit: 'bytes',
        queries: [
          {
            expr: `bottomk(10, ${byContainer} (${limit} - container_memory_working_set_bytes{${selected}}))`,
            legend,
          },
        ],
      }),
    ],
  }
}

function network(): Row {
  const traffic = (metric: string) =>
    `topk(10, sum by (namespace, pod) (rate(${metric}{${podNetwork}}[$__rate_interval])))`
  return {
    title: 'Network',
    panels: [
      graph({
        title: 'Network received by pod',
        description: 'Bytes per second that pods receive, top 10. The containers of a pod share its network.',
        unit: 'Bps',
        stack: true,
        queries: [{ expr: traffic('container_network_receive_bytes_total'), legend: '{{namespace}}/{{pod}}' }],
      }),
      graph({
        title: 'Network sent by pod',
        description: 'Bytes per second that pods send, top 10. The containers of a pod share its network.',
        unit: 'Bps',
        stack: true,
        queries: [{ expr: traffic('container_network_transmit_bytes_total'), legend: '{{namespace}}/{{pod}}' }],
      }),
    ],
  }
}

function disk(): Row {
  return {
    title: 'Disk',
    panels: [
      bars({
        title: 'Node filesystem usage (containers, images, logs)',
        description: "Share in use of the nodes' filesystems that hold containers, images and logs (cAdvisor).",
        ...utilization,
        queries: [
          {
            expr: `topk(10, max by (node, device) (container_fs_usage_bytes{${nodeDisks}} / (container_fs_limit_bytes{${nodeDisks}} > 0)))`,
            legend: '{{node}} {{device}}',
          },
        ],
      }),
      graph({
        title: 'Log size by container',
        description: 'Size of the log files on the nodes (kubelet), top 10 containers.',
        unit: 'bytes',
        queries: [
          {
            expr: 'topk(10, sum by (namespace, pod, container) (kubelet_container_log_filesystem_used_bytes{namespace=~"$namespace", node=~"$node", container=~"$container"}))',
            legend,
          },
        ],
      }),
    ],
  }
}

function processes(): Row {
  return {
    title: 'Processes',
    panels: [
      graph({
        title: 'Threads',
        description: 'Threads, top 10 containers.',
        unit: 'short',
        queries: [{ expr: top10(`container_threads{${selected}}`), legend }],
      }),
      graph({
        title: 'Open file descriptors and sockets',
        description: 'Open file descriptors and sockets of the selected containers.',
        unit: 'short',
        queries: lines((metric) => `sum(${metric}{${selected}})`, {
          container_file_descriptors: 'files',
          container_sockets: 'sockets',
        }),
      }),
      table({
        title: 'Recently started containers',
        description: 'The 15 newest containers, with image and age.',
        unit: 's',
        queries: [
          {
            expr: `bottomk(15, min by (namespace, pod, container, image) (time() - container_start_time_seconds{${selected}}))`,
            column: 'Age',
          },
        ],
      }),
    ],
  }
}

export const dashboard = defineDashboard({
  uid: 'containers',
  title: 'Containers',
  description: 'Metrics of cAdvisor by container: CPU, memory, network, disk and processes.',
  tags: ['kubernetes'],
  variables: [nodeVariable, namespaceVariable, container],
  rows: [overview(), cpu(), memory(), network(), disk(), processes()],
})
