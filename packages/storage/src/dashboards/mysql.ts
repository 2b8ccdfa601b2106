import {
  defineDashboard,
  gauge,
  graph,
  lines,
  type QueryVariable,
  type Row,
  share,
  stat,
  upThresholds,
  utilization,
  zeroThresholds,
} from '@platform/dashboards'

const pod: QueryVariable = { name: 'pod', label: 'Server (pod)', series: 'mysql_up' }

const server = 'pod=~"$pod"'

/** The rate per second of a counter of SHOW GLOBAL STATUS. */
const perSecond = (name: string) => `sum(rate(mysql_global_status_${name}{${server}}[$__rate_interval]))`
const status = (name: string) => `sum(mysql_global_status_${name}{${server}})`
const setting = (name: string) => `sum(mysql_global_variables_${name}{${server}})`

/** The miss ratio; 0 without requests. */
const missed = (misses: string, all: string) => `${perSecond(misses)} / clamp_min(${perSecond(all)}, 0.001)`

function now(): Row {
  return {
    title: 'Now',
    panels: [
      stat({
        title: 'Up',
        description: 'Whether mysqld-exporter can connect and query.',
        unit: 'bool_yes_no',
        queries: [{ expr: `min(mysql_up{${server}})` }],
        thresholds: upThresholds,
      }),
      stat({
        title: 'Uptime',
        description: 'Time since the server was started.',
        unit: 's',
        queries: [{ expr: `min(mysql_global_status_uptime{${server}})` }],
      }),
      stat({
        title: 'Queries',
        description: 'Client statements per second (questions).',
        unit: 'ops',
        queries: [{ expr: perSecond('questions') }],
      }),
      gauge({
        title: 'Connections used',
        description: 'Open connections as a share of max_connections: at 100 % new clients are refused.',
        ...utilization,
        queries: [{ expr: `${status('threads_connected')} / ${setting('max_connections')}` }],
      }),
      gauge({
        title: 'Buffer pool used',
        description:
          'Share of the pages of the InnoDB buffer pool that hold data. A full pool is normal: watch the reads from disk.',
        ...share,
        queries: [
          {
            expr: `sum(mysql_global_status_buffer_pool_pages{${server}, state="data"}) / sum(mysql_global_status_buffer_pool_pages{${server}})`,
          },
        ],
      }),
      gauge({
        title: 'Volume used',
        description: 'Used share of the data volume (kubelet).',
        ...utilization,
        queries: [
          {
            expr: 'max(kubelet_volume_stats_used_bytes{persistentvolumeclaim=~".*mysql.*"} / kubelet_volume_stats_capacity_bytes{persistentvolumeclaim=~".*mysql.*"})',
          },
        ],
      }),
    ],
  }
}

function statements(): Row {
  return {
    title: 'Statements',
    panels: [
      graph({
        title: 'Statements by command',
        description: 'Statements per second: top 10 commands.',
        unit: 'ops',
        queries: [
          {
            expr: `topk(10, sum by (command) (rate(mysql_global_status_commands_total{${server}}[$__rate_interval])) > 0)`,
            legend: '{{command}}',
          },
        ],
      }),
      graph({
        title: 'Slow statements',
        description: 'Statements in 1 hour that took longer than long_query_time.',
        unit: 'short',
        min: 0,
        queries: [{ expr: `sum(increase(mysql_global_status_slow_queries{${server}}[1h]))`, legend: 'slow' }],
        thresholds: [{ from: 1, color: 'orange' }],
      }),
      graph({
        title: 'Rows',
        description: 'Rows per second that InnoDB read, inserted, updated and deleted.',
        unit: 'ops',
        queries: [
          {
            expr: `sum by (operation) (rate(mysql_global_status_innodb_row_ops_total{${server}}[$__rate_interval]))`,
            legend: '{{operation}}',
          },
        ],
      }),
      graph({
        title: 'Full scans and sorts',
        description: 'Full joins, full table scans and sort merge passes per second.',
        unit: 'ops',
        queries: lines(perSecond, {
          select_full_join: 'full joins',
          select_scan: 'full table scans',
          sort_merge_passes: 'sort merge passes',
        }),
      }),
      graph({
        title: 'Temporary tables',
        description: 'Temporary tables created per second: all, and those on disk.',
        unit: 'ops',
        queries: lines(perSecond, { created_tmp_tables: 'all', created_tmp_disk_tables: 'on disk' }),
      }),
      graph({
        title: 'Lock waits',
        description: 'Row and table lock waits per second, and current row lock waits.',
        unit: 'ops',
        queries: [
          { expr: perSecond('innodb_row_lock_waits'), legend: 'rows' },
          { expr: perSecond('table_locks_waited'), legend: 'tables' },
          { expr: status('innodb_row_lock_current_waits'), legend: 'current row waits' },
        ],
      }),
    ],
  }
}

function connections(): Row {
  return {
    title: 'Connections',
    panels: [
      graph({
        title: 'Connections',
        description: 'Open and running connections, the maximum so far, and the limit.',
        unit: 'short',
        width: 8,
        min: 0,
        queries: [
          { expr: status('threads_connected'), legend: 'open' },
          { expr: status('threads_running'), legend: 'running' },
          { expr: status('max_used_connections'), legend: 'maximum used' },
          { expr: setting('max_connections'), legend: 'max_connections' },
        ],
      }),
      graph({
        title: 'Aborted connections',
        description: 'In 1 hour: refused (wrong password, too many), or closed without a proper disconnect.',
        unit: 'short',
        width: 8,
        min: 0,
        queries: lines((metric) => `sum(increase(${metric}{${server}}[1h]))`, {
          mysql_global_status_aborted_connects: 'refused',
          mysql_global_status_aborted_clients: 'lost',
          mysql_global_status_connection_errors_total: 'server errors',
        }),
      }),
      graph({
        title: 'Traffic',
        description: 'Bytes per second from and to clients.',
        unit: 'Bps',
        width: 8,
        queries: lines(perSecond, { bytes_received: 'in', bytes_sent: 'out' }),
      }),
    ],
  }
}

function innodb(): Row {
  return {
    title: 'InnoDB',
    panels: [
      graph({
        title: 'Buffer pool',
        description: "Bytes with data, dirty bytes that are not yet on disk, and the pool's size.",
        unit: 'bytes',
        min: 0,
        queries: [
          { expr: status('innodb_buffer_pool_bytes_data'), legend: 'data' },
          { expr: status('innodb_buffer_pool_bytes_dirty'), legend: 'dirty' },
          { expr: setting('innodb_buffer_pool_size'), legend: 'size' },
        ],
      }),
      graph({
        title: 'Buffer pool miss ratio',
        description: 'Share of reads that went to disk. If it stays high, the pool is too small.',
        unit: 'percentunit',
        min: 0,
        queries: [
          {
            expr: missed('innodb_buffer_pool_reads', 'innodb_buffer_pool_read_requests'),
            legend: 'from disk',
          },
        ],
        thresholds: [{ from: 0.05, color: 'orange' }],
      }),
      graph({
        title: 'InnoDB reads and writes',
        description: 'Bytes per second from and to the data files and to the redo log.',
        unit: 'Bps',
        queries: lines(perSecond, {
          innodb_data_read: 'read',
          innodb_data_written: 'written',
          innodb_os_log_written: 'redo log',
        }),
      }),
      graph({
        title: 'Fsyncs and waits',
        description: 'Fsyncs per second, and waits for space in the log buffer or the buffer pool.',
        unit: 'ops',
        queries: lines(perSecond, {
          innodb_data_fsyncs: 'data fsyncs',
          innodb_os_log_fsyncs: 'log fsyncs',
          innodb_log_waits: 'log buffer full',
          innodb_buffer_pool_wait_free: 'pool full',
        }),
      }),
      graph({
        title: 'Tables opened',
        description: 'Table cache misses per second. If it stays above 0, the cache is too small.',
        unit: 'ops',
        queries: [{ expr: perSecond('opened_tables'), legend: 'opened' }],
      }),
      stat({
        title: 'Failed collectors',
        description: 'Collectors of mysqld-exporter that failed: their panels have no data.',
        unit: 'short',
        ...{ width: 12, height: 8 },
        queries: [{ expr: `sum(1 - mysql_exporter_collector_success{${server}})` }],
        thresholds: zeroThresholds,
      }),
    ],
  }
}

export const dashboard = defineDashboard({
  uid: 'mysql',
  title: 'MySQL',
  description: 'MySQL: statements, connections, InnoDB and volume usage.',
  tags: ['services'],
  variables: [pod],
  rows: [now(), statements(), connections(), innodb()],
})
