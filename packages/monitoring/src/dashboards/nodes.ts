import {
  defineDashboard,
  fillingUp,
  fullnessOfFilesystems,
  gauge,
  graph,
  lines,
  nodeVariable,
  type Row,
  realCards,
  realFilesystems,
  stat,
  table,
} from '@platform/dashboards'

const chosen = 'node=~"$node"'

const disks = `${chosen}, ${realFilesystems}`
const cards = `${chosen}, ${realCards}`

/** A counter of the chosen nodes, each second. */
function perSecond(metric: string, labels = chosen): string {
  return `sum by (node) (rate(${metric}{${labels}}[$__rate_interval]))`
}

function overview(): Row {
  return {
    title: 'Overview',
    panels: [
      gauge({
        title: 'CPU used',
        description: 'Share of all cores that were not idle.',
        width: 5,
        ...fillingUp,
        queries: [{ expr: `1 - avg(rate(node_cpu_seconds_total{mode="idle", ${chosen}}[$__rate_interval]))` }],
      }),
      gauge({
        title: 'Memory used',
        description: 'Share of the memory that is not available to programs.',
        width: 5,
        ...fillingUp,
        queries: [
          { expr: `1 - sum(node_memory_MemAvailable_bytes{${chosen}}) / sum(node_memory_MemTotal_bytes{${chosen}})` },
        ],
      }),
      gauge({
        title: 'Fullest filesystem',
        description: 'Share in use of the filesystem with the least room, on any of the chosen nodes.',
        width: 5,
        ...fillingUp,
        queries: [{ expr: `max(${fullnessOfFilesystems})` }],
      }),
      stat({
        title: 'Load for each core',
        description: 'Processes that run or wait, averaged over five minutes, for each core: above 1 they queue.',
        width: 5,
        unit: 'short',
        queries: [
          {
            expr: `max(max by (node) (node_load5{${chosen}}) / on (node) count by (node) (node_cpu_seconds_total{mode="idle", ${chosen}}))`,
          },
        ],
        thresholds: [
          { from: 1, color: 'orange' },
          { from: 2, color: 'red' },
        ],
      }),
      stat({
        title: 'Up since',
        description: 'The shortest time since one of the chosen nodes started.',
        width: 4,
        unit: 's',
        queries: [{ expr: `min(time() - node_boot_time_seconds{${chosen}})` }],
      }),
    ],
  }
}

function cpu(): Row {
  return {
    title: 'CPU',
    panels: [
      graph({
        title: 'CPU by what it does',
        description: 'Cores busy with programs (user), the kernel (system), waiting for disks (iowait) and so on.',
        unit: 'short',
        stack: true,
        queries: [
          {
            expr: `sum by (mode) (rate(node_cpu_seconds_total{mode!="idle", ${chosen}}[$__rate_interval]))`,
            legend: '{{mode}}',
          },
        ],
      }),
      graph({
        title: 'Load average',
        description: 'Processes that run or wait for a core or a disk, over one, five and fifteen minutes.',
        unit: 'short',
        min: 0,
        queries: [
          { expr: `sum by (node) (node_load1{${chosen}})`, legend: '{{node}} 1 min' },
          { expr: `sum by (node) (node_load5{${chosen}})`, legend: '{{node}} 5 min' },
          { expr: `sum by (node) (node_load15{${chosen}})`, legend: '{{node}} 15 min' },
          {
            expr: `count by (node) (node_cpu_seconds_total{mode="idle", ${chosen}})`,
            legend: '{{node}} cores',
          },
        ],
      }),
      graph({
        title: 'Context switches and interrupts',
        description: 'How often the kernel changed to another process, and how often a device interrupted it.',
        unit: 'ops',
        queries: lines(perSecond, {
          node_context_switches_total: '{{node}} switches',
          node_intr_total: '{{node}} interrupts',
        }),
      }),
      graph({
        title: 'Pressure',
        description:
          'Share of the time in which something waited for a core, for memory or for a disk (PSI of the kernel).',
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
  const kind = (name: string) => `sum(node_memory_${name}_bytes{${chosen}})`
  return {
    title: 'Memory',
    panels: [
      graph({
        title: 'Memory by use',
        description: 'Memory of programs, of the page cache and of buffers (given back when needed), and what is free.',
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
        title: 'Memory in detail',
        description: 'What was touched lately (active), shared, mapped, not yet written to disk (dirty), and promised.',
        unit: 'bytes',
        queries: lines(kind, {
          Active: 'active',
          Inactive: 'inactive',
          Shmem: 'shared',
          Mapped: 'mapped',
          Dirty: 'dirty',
          Committed_AS: 'promised',
        }),
      }),
      graph({
        title: 'Swap',
        description: 'Swap in use, and all there is; 0 where the node has none.',
        unit: 'bytes',
        min: 0,
        queries: [
          { expr: `${kind('SwapTotal')} - ${kind('SwapFree')}`, legend: 'used' },
          { expr: kind('SwapTotal'), legend: 'total' },
        ],
      }),
      graph({
        title: 'Faults and swapping',
        description:
          'Pages that had to be read from disk, pages swapped in and out, and processes killed for want of memory.',
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
        title: 'Room on filesystems',
        description: 'Size of each filesystem, what programs can still write, and the share of inodes in use.',
        unit: 'bytes',
        sortBy: 'Size',
        queries: [
          { expr: `max by (node, device) (node_filesystem_size_bytes{${disks}})`, column: 'Size' },
          { expr: `max by (node, device) (node_filesystem_avail_bytes{${disks}})`, column: 'Free' },
          {
            expr: `max by (node, device) (1 - node_filesystem_files_free{${disks}} / (node_filesystem_files{${disks}} > 0))`,
            column: 'Inodes used',
            unit: 'percentunit',
          },
        ],
      }),
      graph({
        title: 'Reads and writes',
        description: 'Bytes a second from and to the disks.',
        unit: 'Bps',
        queries: lines(perSecond, {
          node_disk_read_bytes_total: '{{node}} read',
          node_disk_written_bytes_total: '{{node}} written',
        }),
      }),
      graph({
        title: 'Operations of disks',
        description: 'Reads and writes a second that were completed.',
        unit: 'iops',
        queries: lines(perSecond, {
          node_disk_reads_completed_total: '{{node}} reads',
          node_disk_writes_completed_total: '{{node}} writes',
        }),
      }),
      graph({
        title: 'Disks busy',
        description: 'Share of the time in which a disk had something to do; the ten busiest.',
        ...fillingUp,
        queries: [
          {
            expr: `topk(10, max by (node, device) (rate(node_disk_io_time_seconds_total{${chosen}}[$__rate_interval])))`,
            legend: '{{node}} {{device}}',
          },
        ],
      }),
      graph({
        title: 'Time of an operation',
        description: 'How long a read and a write took on average; 0 while there were none.',
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
        title: 'Traffic',
        description: 'Bytes a second through the network cards.',
        unit: 'Bps',
        queries: lines((metric) => perSecond(metric, cards), {
          node_network_receive_bytes_total: '{{node}} in',
          node_network_transmit_bytes_total: '{{node}} out',
        }),
      }),
      graph({
        title: 'Packets lost or broken',
        description: 'Packets a second that cards dropped or could not read: should be 0.',
        unit: 'pps',
        queries: lines((metric) => perSecond(metric, cards), {
          node_network_receive_drop_total: '{{node}} dropped in',
          node_network_transmit_drop_total: '{{node}} dropped out',
          node_network_receive_errs_total: '{{node}} broken in',
          node_network_transmit_errs_total: '{{node}} broken out',
        }),
      }),
      graph({
        title: 'Sockets',
        description: 'TCP connections that are open or linger, and UDP sockets.',
        unit: 'short',
        queries: lines((metric) => `sum by (node) (${metric}{${chosen}})`, {
          node_netstat_Tcp_CurrEstab: '{{node}} established',
          node_sockstat_TCP_tw: '{{node}} lingering',
          node_sockstat_UDP_inuse: '{{node}} UDP',
        }),
      }),
      graph({
        title: 'TCP and UDP in trouble',
        description:
          'Segments sent again, connections reset, calls that found no room in a listener’s queue, UDP errors.',
        unit: 'ops',
        queries: lines(perSecond, {
          node_netstat_Tcp_RetransSegs: '{{node}} sent again',
          node_netstat_Tcp_OutRsts: '{{node}} resets',
          node_netstat_TcpExt_ListenOverflows: '{{node}} queue full',
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
        description: 'Processes that run, processes stuck in a read or write, and new ones each second.',
        unit: 'short',
        width: 8,
        queries: [
          { expr: `sum by (node) (node_procs_running{${chosen}})`, legend: '{{node}} running' },
          { expr: `sum by (node) (node_procs_blocked{${chosen}})`, legend: '{{node}} blocked' },
          { expr: perSecond('node_forks_total'), legend: '{{node}} started a second' },
        ],
      }),
      graph({
        title: 'Limits of the kernel',
        description: 'Share in use of the file descriptors and of the tracked connections that the kernel allows.',
        unit: 'percentunit',
        width: 8,
        min: 0,
        queries: [
          {
            expr: `sum by (node) (node_filefd_allocated{${chosen}} / node_filefd_maximum{${chosen}})`,
            legend: '{{node}} files',
          },
          {
            expr: `sum by (node) (node_nf_conntrack_entries{${chosen}} / node_nf_conntrack_entries_limit{${chosen}})`,
            legend: '{{node}} connections',
          },
        ],
      }),
      graph({
        title: 'Clock',
        description:
          'How far the clock is from the time servers by its own account, and from Prometheus at the scrape.',
        unit: 's',
        width: 8,
        queries: [
          { expr: `sum by (node) (node_timex_offset_seconds{${chosen}})`, legend: '{{node}} by itself' },
          {
            expr: `max by (node) (node_time_seconds{${chosen}} - timestamp(node_time_seconds{${chosen}}))`,
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
  description: "What node-exporter sees of the machines: CPU, memory, disks, network and the kernel's limits.",
  tags: ['kubernetes'],
  variables: [nodeVariable],
  rows: [overview(), cpu(), memory(), disk(), network(), system()],
})
