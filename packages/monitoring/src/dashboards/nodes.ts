import {
  defineDashboard,
  filling,
  gauge,
  graph,
  nodeVariable,
  type Row,
  share,
  stat,
  table,
} from '@platform/dashboards'

const chosen = 'node=~"$node"'

/** Filesystems that hold data: without what the kernel and containers mount. */
const disks = `${chosen}, fstype!~"tmpfs|ramfs|overlay|squashfs|nsfs|proc|sysfs|cgroup.*|devtmpfs", mountpoint!~"/run.*"`

/** Cards that carry traffic: no loopback, and no ends of the pods' cables, which would count it twice. */
const cards = `${chosen}, device!~"lo|veth.*|cali.*|cni.*|docker.*|br-.*"`

const fullness = `1 - max by (node, device) (node_filesystem_avail_bytes{${disks}}) / max by (node, device) (node_filesystem_size_bytes{${disks}} > 0)`

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
        ...share,
        queries: [{ expr: `1 - avg(rate(node_cpu_seconds_total{mode="idle", ${chosen}}[$__rate_interval]))` }],
        thresholds: filling,
      }),
      gauge({
        title: 'Memory used',
        description: 'Share of the memory that is not available to programs.',
        width: 5,
        ...share,
        queries: [
          { expr: `1 - sum(node_memory_MemAvailable_bytes{${chosen}}) / sum(node_memory_MemTotal_bytes{${chosen}})` },
        ],
        thresholds: filling,
      }),
      gauge({
        title: 'Fullest filesystem',
        description: 'Share in use of the filesystem with the least room, on any of the chosen nodes.',
        width: 5,
        ...share,
        queries: [{ expr: `max(${fullness})` }],
        thresholds: filling,
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
        queries: [
          { expr: perSecond('node_context_switches_total'), legend: '{{node}} switches' },
          { expr: perSecond('node_intr_total'), legend: '{{node}} interrupts' },
        ],
      }),
      graph({
        title: 'Pressure',
        description:
          'Share of the time in which something waited for a core, for memory or for a disk (PSI of the kernel).',
        unit: 'percentunit',
        min: 0,
        queries: [
          { expr: perSecond('node_pressure_cpu_waiting_seconds_total'), legend: '{{node}} CPU' },
          { expr: perSecond('node_pressure_memory_waiting_seconds_total'), legend: '{{node}} memory' },
          { expr: perSecond('node_pressure_io_waiting_seconds_total'), legend: '{{node}} disk' },
        ],
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
        queries: [
          { expr: kind('Active'), legend: 'active' },
          { expr: kind('Inactive'), legend: 'inactive' },
          { expr: kind('Shmem'), legend: 'shared' },
          { expr: kind('Mapped'), legend: 'mapped' },
          { expr: kind('Dirty'), legend: 'dirty' },
          { expr: kind('Committed_AS'), legend: 'promised' },
        ],
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
        queries: [
          { expr: perSecond('node_vmstat_pgmajfault'), legend: '{{node}} major faults' },
          { expr: perSecond('node_vmstat_pswpin'), legend: '{{node}} swapped in' },
          { expr: perSecond('node_vmstat_pswpout'), legend: '{{node}} swapped out' },
          { expr: perSecond('node_vmstat_oom_kill'), legend: '{{node}} OOM kills' },
        ],
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
        queries: [
          { expr: perSecond('node_disk_read_bytes_total'), legend: '{{node}} read' },
          { expr: perSecond('node_disk_written_bytes_total'), legend: '{{node}} written' },
        ],
      }),
      graph({
        title: 'Operations of disks',
        description: 'Reads and writes a second that were completed.',
        unit: 'iops',
        queries: [
          { expr: perSecond('node_disk_reads_completed_total'), legend: '{{node}} reads' },
          { expr: perSecond('node_disk_writes_completed_total'), legend: '{{node}} writes' },
        ],
      }),
      graph({
        title: 'Disks busy',
        description: 'Share of the time in which a disk had something to do; the ten busiest.',
        ...share,
        queries: [
          {
            expr: `topk(10, max by (node, device) (rate(node_disk_io_time_seconds_total{${chosen}}[$__rate_interval])))`,
            legend: '{{node}} {{device}}',
          },
        ],
        thresholds: filling,
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
        queries: [
          { expr: perSecond('node_network_receive_bytes_total', cards), legend: '{{node}} in' },
          { expr: perSecond('node_network_transmit_bytes_total', cards), legend: '{{node}} out' },
        ],
      }),
      graph({
        title: 'Packets lost or broken',
        description: 'Packets a second that cards dropped or could not read: should be 0.',
        unit: 'pps',
        queries: [
          { expr: perSecond('node_network_receive_drop_total', cards), legend: '{{node}} dropped in' },
          { expr: perSecond('node_network_transmit_drop_total', cards), legend: '{{node}} dropped out' },
          { expr: perSecond('node_network_receive_errs_total', cards), legend: '{{node}} broken in' },
          { expr: perSecond('node_network_transmit_errs_total', cards), legend: '{{node}} broken out' },
        ],
      }),
      graph({
        title: 'Sockets',
        description: 'TCP connections that are open or linger, and UDP sockets.',
        unit: 'short',
        queries: [
          { expr: `sum by (node) (node_netstat_Tcp_CurrEstab{${chosen}})`, legend: '{{node}} established' },
          { expr: `sum by (node) (node_sockstat_TCP_tw{${chosen}})`, legend: '{{node}} lingering' },
          { expr: `sum by (node) (node_sockstat_UDP_inuse{${chosen}})`, legend: '{{node}} UDP' },
        ],
      }),
      graph({
        title: 'TCP and UDP in trouble',
        description:
          'Segments sent again, connections reset, calls that found no room in a listener’s queue, UDP errors.',
        unit: 'ops',
        queries: [
          { expr: perSecond('node_netstat_Tcp_RetransSegs'), legend: '{{node}} sent again' },
          { expr: perSecond('node_netstat_Tcp_OutRsts'), legend: '{{node}} resets' },
          { expr: perSecond('node_netstat_TcpExt_ListenOverflows'), legend: '{{node}} queue full' },
          { expr: perSecond('node_netstat_Udp_InErrors'), legend: '{{node}} UDP errors' },
        ],
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
