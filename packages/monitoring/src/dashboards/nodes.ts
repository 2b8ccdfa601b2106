import {
  defineDashboard,
  filesystemUsage,
  gauge,
  graph,
  lines,
  networkInterfaces,
  nodeVariable,
  type Row,
  realFilesystems,
  stat,
  table,
  utilization,
} from '@platform/dashboards'

const selected = 'node=~"$node"'

const disks = `${selected}, ${realFilesystems}`
const cards = `${selected}, ${networkInterfaces}`

/** The rate of a counter, by selected node. */
function perSecond(metric: string, labels = selected): string {
  return `sum by (node) (rate(${metric}{${labels}}[$__rate_interval]))`
}

function overview(): Row {
  return {
    title: 'Overview',
    panels: [
      gauge({
        title: 'CPU usage',
        description: 'Share of all cores that is not idle.',
        width: 5,
        ...utilization,
        queries: [{ expr: `1 - avg(rate(node_cpu_seconds_total{mode="idle", ${selected}}[$__rate_interval]))` }],
      }),
      gauge({
        title: 'Memory usage',
        description: 'Share of the memory that is not available to programs.',
        width: 5,
        ...utilization,
        queries: [
          {
            expr: `1 - sum(node_memory_MemAvailable_bytes{${selected}}) / sum(node_memory_MemTotal_bytes{${selected}})`,
          },
        ],
      }),
      gauge({
        title: 'Highest filesystem usage',
        description: 'Share in use of the fullest filesystem of the selected nodes.',
        width: 5,
        ...utilization,
        queries: [{ expr: `max(${filesystemUsage})` }],
      }),
      stat({
        title: 'Load average per core (5m)',
        description: 'Processes that run or wait, per core, averaged over five minutes. Above 1 they queue.',
        width: 5,
        unit: 'short',
        queries: [
          {
            expr: `max(max by (node) (node_load5{${selected}}) / on (node) count by (node) (node_cpu_seconds_total{mode="idle", ${selected}}))`,
          },
        ],
        thresholds: [
          { from: 1, color: 'orange' },
          { from: 2, color: 'red' },
        ],
      }),
      stat({
        title: 'Uptime',
        description: 'Time since the most recent boot among the selected nodes.',
        width: 4,
        unit: 's',
        queries: [{ expr: `min(time() - node_boot_time_seconds{${selected}})` }],
      }),
    ],
  }
}

function cpu(): Row {
  return {
    title: 'CPU',
    panels: [
      graph({
        title: 'CPU by mode',
        description: 'Busy cores by mode: programs (user), kernel (system), waiting for disks (iowait) and others.',
        unit: 'short',
        stack: true,
        queries: [
          {
            expr: `sum by (mode) (rate(node_cpu_seconds_total{mode!="idle", ${selected}}[$__rate_interval]))`,
            legend: '{{mode}}',
          },
        ],
      }),
      graph({
        title: 'Load average',
        description: 'Processes that run or wait for a core or a disk, averaged over 1, 5 and 15 minutes.',
        unit: 'short',
        min: 0,
        queries: [
          { expr: `sum by (node) (node_load1{${selected}})`, legend: '{{node}} 1 min' },
          { expr: `sum by (node) (node_load5{${selected}})`, legend: '{{node}} 5 min' },
          { expr: `sum by (node) (node_load15{${selected}})`, legend: '{{node}} 15 min' },
          {
            expr: `count by (node) (node_cpu_seconds_total{mode="idle", ${selected}})`,
            legend: '{{node}} cores',
          },
        ],
      }),
      graph({
        title: 'Context switches and interrupts',
        description: 'Context switches of the kernel and interrupts by devices, per second.',
        unit: 'ops',
        queries: lines(perSecond, {
          node_context_switches_total: '{{node}} switches',
          node_intr_total: '{{node}} interrupts',
        }),
      }),
      graph({
        title: 'Pressure (PSI)',
        description:
          'Share of time in which tasks waited for CPU, memory or I/O (pressure stall information of the kernel).',
        unit: 'percentunit',
        min: 0,
        queries: lines(perSecond, {
          node_pressure_cpu_waiting_seconds_total: '{{node}} CPU',
          node_pressure_memory_waiting_seconds_total: '{{node}} memory',
          node_pressure_io_waiting_seconds_total: '{{node}} disk',
        }),
      }),
    ],
  }
}

function memory(): Row {
  const kind = (name: string) => `sum(node_memory_${name}_bytes{${selected}})`
  return {
    title: 'Memory',
    panels: [
      graph({
        title: 'Memory by type',
        description: 'Memory of programs, buffers, page cache (both reclaimable) and free memory.',
        unit: 'bytes',
        stack: true,
        queries: [
          {
            expr: `${kind('MemTotal')} - ${kind('MemFree')} - ${kind('Buffers')} - ${kind('Cached')} - ${kind('SReclaimable')}`,
            legend: 'programs',
          },
          { expr: kind('Buffers'), legend: 'buffers' },
          { expr: `${kind('Cached')} + ${kind('SReclaimable')}`, legend: 'cache' },
          { expr: kind('MemFree'), legend: 'free' },
        ],
      }),
      graph({
        title: 'Memory details',
        description:
          'Active (recently used), inactive, shared, mapped, dirty (not yet written to disk) and committed memory.',
        unit: 'bytes',
        queries: lines(kind, {
          Active: 'active',
          Inactive: 'inactive',
          Shmem: 'shared',
          Mapped: 'mapped',
          Dirty: 'dirty',
          Committed_AS: 'committed',
        }),
      }),
      graph({
        title: 'Swap usage',
        description: 'Used and total swap, 0 on nodes without swap.',
        unit: 'bytes',
        min: 0,
        queries: [
          { expr: `${kind('SwapTotal')} - ${kind('SwapFree')}`, legend: 'used' },
          { expr: kind('SwapTotal'), legend: 'total' },
        ],
      }),
      graph({
        title: 'Page faults and swapping',
        description: 'Pages read from disk, pages swapped in and out, and processes killed because memory ran out.',
        unit: 'ops',
        queries: lines(perSecond, {
          node_vmstat_pgmajfault: '{{node}} major faults',
          node_vmstat_pswpin: '{{node}} swapped in',
          node_vmstat_pswpout: '{{node}} swapped out',
          node_vmstat_oom_kill: '{{node}} OOM kills',
        }),
      }),
    ],
  }
}

function disk(): Row {
  return {
    title: 'Disk',
    panels: [
      table({
        title: 'Filesystem usage',
        description: 'Size and available bytes of each filesystem, and the share of inodes in use.',
        unit: 'bytes',
        sortBy: 'Size',
        queries: [
          { expr: `max by (node, device) (node_filesystem_size_bytes{${disks}})`, column: 'Size' },
          { expr: `max by (node, device) (node_filesystem_avail_bytes{${disks}})`, column: 'Available' },
          {
            expr: `max by (node, device) (1 - node_filesystem_files_free{${disks}} / (node_filesystem_files{${disks}} > 0))`,
            column: 'Inodes used',
            unit: 'percentunit',
          },
        ],
      }),
      graph({
        title: 'Disk throughput',
        description: 'Bytes per second read from and written to the disks.',
        unit: 'Bps',
        queries: lines(perSecond, {
          node_disk_read_bytes_total: '{{node}} read',
          node_disk_written_bytes_total: '{{node}} written',
        }),
      }),
      graph({
        title: 'Disk IOPS',
        description: 'Completed reads and writes per second.',
        unit: 'iops',
        queries: lines(perSecond, {
          node_disk_reads_completed_total: '{{node}} reads',
          node_disk_writes_completed_total: '{{node}} writes',
        }),
      }),
      graph({
        title: 'Disk utilization',
        description: 'Share of time in which a disk was busy, top 10.',
        ...utilization,
        queries: [
          {
            expr: `topk(10, max by (node, device) (rate(node_disk_io_time_seconds_total{${selected}}[$__rate_interval])))`,
            legend: '{{node}} {{device}}',
          },
        ],
      }),
      graph({
        title: 'Disk latency',
        description: 'Average duration of a read and of a write, 0 while there are none.',
        unit: 's',
        queries: [
          {
            expr: `${perSecond('node_disk_read_time_seconds_total')} / clamp_min(${perSecond('node_disk_reads_completed_total')}, 0.001)`,
            legend: '{{node}} read',
          },
          {
            expr: `${perSecond('node_disk_write_time_seconds_total')} / clamp_min(${perSecond('node_disk_writes_completed_total')}, 0.001)`,
            legend: '{{node}} write',
          },
        ],
      }),
    ],
  }
}

function network(): Row {
  return {
    title: 'Network',
    panels: [
      graph({
        title: 'Network traffic',
        description: 'Bytes per second received and sent by the network interfaces.',
        unit: 'Bps',
        queries: lines((metric) => perSecond(metric, cards), {
          node_network_receive_bytes_total: '{{node}} received',
          node_network_transmit_bytes_total: '{{node}} sent',
        }),
      }),
      graph({
        title: 'Network errors and drops',
        description: 'Packets per second that interfaces dropped or that had errors. Should be 0.',
        unit: 'pps',
        queries: lines((metric) => perSecond(metric, cards), {
          node_network_receive_drop_total: '{{node}} receive drops',
          node_network_transmit_drop_total: '{{node}} transmit drops',
          node_network_receive_errs_total: '{{node}} receive errors',
          node_network_transmit_errs_total: '{{node}} transmit errors',
        }),
      }),
      graph({
        title: 'Sockets',
        description: 'Established TCP connections, TCP sockets in TIME_WAIT, and UDP sockets in use.',
        unit: 'short',
        queries: lines((metric) => `sum by (node) (${metric}{${selected}})`, {
          node_netstat_Tcp_CurrEstab: '{{node}} established',
          node_sockstat_TCP_tw: '{{node}} TIME_WAIT',
          node_sockstat_UDP_inuse: '{{node}} UDP',
        }),
      }),
      graph({
        title: 'TCP and UDP errors',
        description: 'Retransmitted segments, connection resets, listen queue overflows and UDP errors.',
        unit: 'ops',
        queries: lines(perSecond, {
          node_netstat_Tcp_RetransSegs: '{{node}} retransmits',
          node_netstat_Tcp_OutRsts: '{{node}} resets',
          node_netstat_TcpExt_ListenOverflows: '{{node}} listen overflows',
          node_netstat_Udp_InErrors: '{{node}} UDP errors',
        }),
      }),
    ],
  }
}

function system(): Row {
  return {
    title: 'System',
    panels: [
      graph({
        title: 'Processes',
        description: 'Running processes, processes blocked on I/O, and new processes per second.',
        unit: 'short',
        width: 8,
        queries: [
          { expr: `sum by (node) (node_procs_running{${selected}})`, legend: '{{node}} running' },
          { expr: `sum by (node) (node_procs_blocked{${selected}})`, legend: '{{node}} blocked' },
          { expr: perSecond('node_forks_total'), legend: '{{node}} started per second' },
        ],
      }),
      graph({
        title: 'Kernel limits',
        description: 'Share in use of the allowed file descriptors and of the conntrack table.',
        unit: 'percentunit',
        width: 8,
        min: 0,
        queries: [
          {
            expr: `sum by (node) (node_filefd_allocated{${selected}} / node_filefd_maximum{${selected}})`,
            legend: '{{node}} files',
          },
          {
            expr: `sum by (node) (node_nf_conntrack_entries{${selected}} / node_nf_conntrack_entries_limit{${selected}})`,
            legend: '{{node}} connections',
          },
        ],
      }),
      graph({
        title: 'Clock offset',
        description: 'Offset of the clock from its time servers (NTP), and from Prometheus at scrape time.',
        unit: 's',
        width: 8,
        queries: [
          { expr: `sum by (node) (node_timex_offset_seconds{${selected}})`, legend: '{{node}} NTP offset' },
          {
            expr: `max by (node) (node_time_seconds{${selected}} - timestamp(node_time_seconds{${selected}}))`,
            legend: '{{node}} to Prometheus',
          },
        ],
      }),
    ],
  }
}

export const dashboard = defineDashboard({
  uid: 'nodes',
  title: 'Nodes',
  description: 'Metrics of node-exporter: CPU, memory, disks, network and kernel limits.',
  tags: ['kubernetes'],
  variables: [nodeVariable],
  rows: [overview(), cpu(), memory(), disk(), network(), system()],
})
