import type { MetricRename, Renames } from './types.ts'

const same = (prefix: string, suffix: string, names: readonly string[]): MetricRename[] =>
  names.map((name) => ({ from: `${prefix}${name}`, to: `${prefix}${name}${suffix}` }))

const memory = [
  ...['Active', 'Active_anon', 'Active_file', 'AnonHugePages', 'AnonPages', 'Bounce', 'Buffers', 'Cached'],
  ...['CommitLimit', 'Committed_AS', 'DirectMap1G', 'DirectMap2M', 'DirectMap4k', 'Dirty', 'HardwareCorrupted'],
  ...['Hugepagesize', 'Inactive', 'Inactive_anon', 'Inactive_file', 'KernelStack', 'Mapped', 'MemAvailable'],
  ...['MemFree', 'MemTotal', 'Mlocked', 'NFS_Unstable', 'PageTables', 'SReclaimable', 'SUnreclaim', 'Shmem'],
  ...['ShmemHugePages', 'ShmemPmdMapped', 'Slab', 'SwapCached', 'SwapFree', 'SwapTotal', 'Unevictable'],
  ...['VmallocChunk', 'VmallocTotal', 'VmallocUsed', 'Writeback', 'WritebackTmp'],
]

const network = ['bytes', 'packets', 'errs', 'drop', 'fifo', 'compressed'].flatMap((what) => [
  `receive_${what}`,
  `transmit_${what}`,
])

/** Source: node_exporter, CHANGELOG of 0.16.0, and its guide "V0_16_UPGRADE_GUIDE". */
export const nodeExporter016: Renames = {
  since: 'node_exporter 0.16',
  metrics: [
    { from: 'node_cpu', to: 'node_cpu_seconds_total' },
    { from: 'node_boot_time', to: 'node_boot_time_seconds' },
    { from: 'node_time', to: 'node_time_seconds' },
    ...same('node_', '_total', ['context_switches', 'forks', 'intr']),
    ...same('node_memory_', '_bytes', memory),
    ...same('node_filesystem_', '_bytes', ['size', 'free', 'avail']),
    ...same('node_network_', '_total', network),
    ...same('node_network_', '_total', ['receive_frame', 'receive_multicast', 'transmit_carrier', 'transmit_colls']),
    { from: 'node_disk_bytes_read', to: 'node_disk_read_bytes_total' },
    { from: 'node_disk_bytes_written', to: 'node_disk_written_bytes_total' },
    { from: 'node_disk_io_time_ms', to: 'node_disk_io_time_seconds_total', times: 1000 },
    { from: 'node_disk_io_time_weighted', to: 'node_disk_io_time_weighted_seconds_total', times: 1000 },
    { from: 'node_disk_read_time_ms', to: 'node_disk_read_time_seconds_total', times: 1000 },
    { from: 'node_disk_write_time_ms', to: 'node_disk_write_time_seconds_total', times: 1000 },
    { from: 'node_disk_reads_completed', to: 'node_disk_reads_completed_total' },
    { from: 'node_disk_reads_merged', to: 'node_disk_reads_merged_total' },
    { from: 'node_disk_writes_completed', to: 'node_disk_writes_completed_total' },
    { from: 'node_disk_writes_merged', to: 'node_disk_writes_merged_total' },
    { from: 'node_disk_sectors_read', to: 'node_disk_read_bytes_total', times: 1 / 512 },
    { from: 'node_disk_sectors_written', to: 'node_disk_written_bytes_total', times: 1 / 512 },
    { from: 'node_exporter_scrape_duration_seconds*', to: 'node_scrape_collector_duration_seconds*' },
  ],
}
