import {
  anyIsBad,
  bars,
  defineDashboard,
  fillingUp,
  graph,
  lines,
  machineDisks,
  namespaceVariable,
  nodeVariable,
  type QueryVariable,
  type Row,
  realContainers,
  stat,
  table,
} from '@platform/dashboards'

const container: QueryVariable = {
  name: 'container',
  label: 'Container',
  series: 'container_start_time_seconds{container!="", image!="", namespace=~"$namespace", node=~"$node"}',
}

const chosen = `${realContainers}, namespace=~"$namespace", node=~"$node", container=~"$container"`

/** A pod's network is its pause's: there is no container to choose. */
const podNetwork = 'interface!="lo", namespace!="", namespace=~"$namespace", node=~"$node"'

const byContainer = 'sum by (namespace, pod, container)'
const legend = '{{namespace}}/{{pod}}/{{container}}'

/** The ten containers with most of something. */
function most(expression: string): string {
  return `topk(10, ${byContainer} (${expression}))`
}

function overview(): Row {
  return {
    title: 'Overview',
    panels: [
      stat({
        title: 'Containers',
        description: 'Containers that cAdvisor sees.',
        unit: 'short',
        queries: [{ expr: `count(container_start_time_seconds{${chosen}})` }],
      }),
      stat({
        title: 'CPU in use',
        description: 'Cores that the chosen containers use.',
        unit: 'cores',
        decimals: 2,
        queries: [{ expr: `sum(rate(container_cpu_usage_seconds_total{${chosen}}[$__rate_interval]))` }],
      }),
      stat({
        title: 'Memory in use',
        description: 'Working set of the chosen containers: what can not be taken back.',
        unit: 'bytes',
        queries: [{ expr: `sum(container_memory_working_set_bytes{${chosen}})` }],
      }),
      stat({
        title: 'Swap in use',
        description: 'Memory of the chosen containers that was swapped out.',
        unit: 'bytes',
        queries: [{ expr: `sum(container_memory_swap{${chosen}})` }],
      }),
      stat({
        title: 'Youngest container',
        description: 'Time since the last of the chosen containers was started.',
        unit: 's',
        queries: [{ expr: `min(time() - container_start_time_seconds{${chosen}})` }],
      }),
      stat({
        title: 'cAdvisor fails on',
        description: 'Nodes on which cAdvisor could not read the containers.',
        unit: 'short',
        queries: [{ expr: 'sum(container_scrape_error{node=~"$node"})' }],
        thresholds: anyIsBad,
      }),
    ],
  }
}

function cpu(): Row {
  return {
    title: 'CPU',
    panels: [
      graph({
        title: 'CPU by container',
        description: 'Cores in use by the ten containers that use most.',
        unit: 'short',
        stack: true,
        queries: [{ expr: most(`rate(container_cpu_usage_seconds_total{${chosen}}[$__rate_interval])`), legend }],
      }),
      graph({
        title: 'CPU of programs and of the kernel',
        description: 'Cores that all chosen containers spend in their own code and in the kernel on their behalf.',
        unit: 'short',
        stack: true,
        queries: lines((metric) => `sum(rate(${metric}{${chosen}}[$__rate_interval]))`, {
          container_cpu_user_seconds_total: 'program',
          container_cpu_system_seconds_total: 'kernel',
        }),
      }),
    ],
  }
}

function memory(): Row {
  const limit = `(container_spec_memory_limit_bytes{${chosen}} > 0)`
  return {
    title: 'Memory',
    panels: [
      graph({
        title: 'Memory by container',
        description: 'Working set of the ten containers that have most.',
        unit: 'bytes',
        stack: true,
        queries: [{ expr: most(`container_memory_working_set_bytes{${chosen}}`), legend }],
      }),
      graph({
        title: 'Memory by kind',
        description: 'Of all chosen containers: memory of programs, page cache, mapped files, memory of the kernel.',
        unit: 'bytes',
        queries: lines((metric) => `sum(${metric}{${chosen}})`, {
          container_memory_rss: 'programs',
          container_memory_cache: 'cache',
          container_memory_mapped_file: 'mapped files',
          container_memory_kernel_usage: 'kernel',
        }),
      }),
      bars({
        title: 'Memory against the limit',
        description: 'Working set as a share of the limit: the ten fullest. Containers without a limit are not here.',
        ...fillingUp,
        queries: [{ expr: most(`container_memory_working_set_bytes{${chosen}} / ${limit}`), legend }],
      }),
      bars({
        title: 'Memory left below the limit',
        description: 'Bytes between the working set and the limit: the ten containers with the least.',
        unit: 'bytes',
        queries: [
          {
            expr: `bottomk(10, ${byContainer} (${limit} - container_memory_working_set_bytes{${chosen}}))`,
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
        title: 'Traffic in',
        description: 'Bytes a second that pods receive, all of their containers together: the ten with most.',
        unit: 'Bps',
        stack: true,
        queries: [{ expr: traffic('container_network_receive_bytes_total'), legend: '{{namespace}}/{{pod}}' }],
      }),
      graph({
        title: 'Traffic out',
        description: 'Bytes a second that pods send, all of their containers together: the ten with most.',
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
        title: 'Disks below the containers',
        description:
          "Share in use of the nodes' filesystems on which containers, images and logs lie, as cAdvisor has them.",
        ...fillingUp,
        queries: [
          {
            expr: `topk(10, max by (node, device) (container_fs_usage_bytes{${machineDisks}} / (container_fs_limit_bytes{${machineDisks}} > 0)))`,
            legend: '{{node}} {{device}}',
          },
        ],
      }),
      graph({
        title: 'Logs by container',
        description: "Bytes of the containers' log files on the nodes (kubelet): the ten largest.",
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
        description: 'Threads in the ten containers that have most.',
        unit: 'short',
        queries: [{ expr: most(`container_threads{${chosen}}`), legend }],
      }),
      graph({
        title: 'Open files and sockets',
        description: 'File descriptors and sockets that all chosen containers hold open.',
        unit: 'short',
        queries: lines((metric) => `sum(${metric}{${chosen}})`, {
          container_file_descriptors: 'files',
          container_sockets: 'sockets',
        }),
      }),
      table({
        title: 'Containers started last',
        description: 'The fifteen youngest containers, with their image, and for how long they have run.',
        unit: 's',
        queries: [
          {
            expr: `bottomk(15, min by (namespace, pod, container, image) (time() - container_start_time_seconds{${chosen}}))`,
            column: 'Runs for',
          },
        ],
      }),
    ],
  }
}

export const dashboard = defineDashboard({
  uid: 'containers',
  title: 'Containers',
  description: 'What cAdvisor sees of the containers: CPU, memory, network, disk and processes.',
  tags: ['kubernetes'],
  variables: [nodeVariable, namespaceVariable, container],
  rows: [overview(), cpu(), memory(), network(), disk(), processes()],
})
