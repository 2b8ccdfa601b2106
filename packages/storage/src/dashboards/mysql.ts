import {
  anyIsBad,
  defineDashboard,
  fillingUp,
  gauge,
  graph,
  lines,
  oneIsWell,
  type QueryVariable,
  type Row,
  share,
  stat,
} from '@platform/dashboards'

const pod: QueryVariable = { name: 'pod', label: 'Server (pod)', series: 'mysql_up' }

const server = 'pod=~"$pod"'

/** A counter of SHOW GLOBAL STATUS, each second. */
const perSecond = (name: string) => `sum(rate(mysql_global_status_${name}{${server}}[$__rate_interval]))`
const status = (name: string) => `sum(mysql_global_status_${name}{${server}})`
const setting = (name: string) => `sum(mysql_global_variables_${name}{${server}})`

/** The share of the cases that missed, 0 while there are none. */
const missed = (misses: string, all: string) => `${perSecond(misses)} / clamp_min(${perSecond(all)}, 0.001)`

function now(): Row {
  return {
    title: 'Now',
    panels: [
      stat({
        title: 'Answers',
        description: 'Whether mysqld-exporter can log in and ask.',
        unit: 'bool_yes_no',
        queries: [{ expr: `min(mysql_up{${server}})` }],
        thresholds: oneIsWell,
      }),
      stat({
        title: 'Up since',
        description: 'Time since the server was started.',
        unit: 's',
        queries: [{ expr: `min(mysql_global_status_uptime{${server}})` }],
      }),
      stat({
        title: 'Questions',
        description: 'Statements of clients a second.',
        unit: 'ops',
        queries: [{ expr: perSecond('questions') }],
      }),
      gauge({
        title: 'Connections used',
        description: 'Open connections as a share of max_connections: at 100 % nobody else gets in.',
        ...fillingUp,
        queries: [{ expr: `${status('threads_connected')} / ${setting('max_connections')}` }],
      }),
      gauge({
        title: 'Buffer pool used',
        description:
          'Share of the pages of the InnoDB buffer pool that hold data. Full is well: what counts are reads from disk.',
        ...share,
        queries: [
          {
            expr: `sum(mysql_global_status_buffer_pool_pages{${server}, state="data"}) / sum(mysql_global_status_buffer_pool_pages{${server}})`,
          },
        ],
      }),
      gauge({
        title: 'Volume used',
        description: 'Share in use of the volume that holds the data (kubelet).',
        ...fillingUp,
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
        title: 'Statements by kind',
        description: 'Statements a second: the ten commands with most.',
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
        description: 'Statements within an hour that took longer than long_query_time.',
        unit: 'short',
        min: 0,
        queries: [{ expr: `sum(increase(mysql_global_status_slow_queries{${server}}[1h]))`, legend: 'slow' }],
        thresholds: [{ from: 1, color: 'orange' }],
      }),
      graph({
        title: 'Rows',
        description: 'Rows a second that InnoDB read, inserted, updated and deleted.',
        unit: 'ops',
        queries: [
          {
            expr: `sum by (operation) (rate(mysql_global_status_innodb_row_ops_total{${server}}[$__rate_interval]))`,
            legend: '{{operation}}',
          },
        ],
      }),
      graph({
        title: 'Work without an index',
        description: 'Joins and selects a second that read whole tables, and sorts that had to go in several passes.',
        unit: 'ops',
        queries: lines(perSecond, {
          select_full_join: 'full joins',
          select_scan: 'whole tables',
          sort_merge_passes: 'sorts in passes',
        }),
      }),
      graph({
        title: 'Temporary tables',
        description: 'Temporary tables a second in memory, and those that had to go to disk.',
        unit: 'ops',
        queries: lines(perSecond, { created_tmp_tables: 'in all', created_tmp_disk_tables: 'on disk' }),
      }),
      graph({
        title: 'Locks',
        description: 'Waits a second for a lock of a row or of a table, and rows that are waited for now.',
        unit: 'ops',
        queries: [
          { expr: perSecond('innodb_row_lock_waits'), legend: 'rows' },
          { expr: perSecond('table_locks_waited'), legend: 'tables' },
          { expr: status('innodb_row_lock_current_waits'), legend: 'waited for now' },
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
        description: 'Open connections, those at work, the most that there ever were, and how many are allowed.',
        unit: 'short',
        width: 8,
        min: 0,
        queries: [
          { expr: status('threads_connected'), legend: 'open' },
          { expr: status('threads_running'), legend: 'at work' },
          { expr: status('max_used_connections'), legend: 'most ever' },
          { expr: setting('max_connections'), legend: 'allowed' },
        ],
      }),
      graph({
        title: 'Connections refused or lost',
        description: 'Clients within an hour that were refused (wrong password, too many), or went without a word.',
        unit: 'short',
        width: 8,
        min: 0,
        queries: lines((metric) => `sum(increase(${metric}{${server}}[1h]))`, {
          mysql_global_status_aborted_connects: 'refused',
          mysql_global_status_aborted_clients: 'lost',
          mysql_global_status_connection_errors_total: 'errors of the server',
        }),
      }),
      graph({
        title: 'Traffic',
        description: 'Bytes a second from and to clients.',
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
        description: 'Bytes of the pool that hold data, that are not yet on disk, and its size.',
        unit: 'bytes',
        min: 0,
        queries: [
          { expr: status('innodb_buffer_pool_bytes_data'), legend: 'data' },
          { expr: status('innodb_buffer_pool_bytes_dirty'), legend: 'not yet on disk' },
          { expr: setting('innodb_buffer_pool_size'), legend: 'size' },
        ],
      }),
      graph({
        title: 'Reads that went to disk',
        description: 'Share of the reads that the buffer pool could not answer: high for long, the pool is too small.',
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
        title: 'Reads and writes of InnoDB',
        description: 'Bytes a second from and to the data files and to the redo log.',
        unit: 'Bps',
        queries: lines(perSecond, {
          innodb_data_read: 'read',
          innodb_data_written: 'written',
          innodb_os_log_written: 'redo log',
        }),
      }),
      graph({
        title: 'Syncs and waits',
        description: 'Syncs to disk a second, and how often the log buffer or the pool had no room.',
        unit: 'ops',
        queries: lines(perSecond, {
          innodb_data_fsyncs: 'syncs of data',
          innodb_os_log_fsyncs: 'syncs of the log',
          innodb_log_waits: 'log buffer full',
          innodb_buffer_pool_wait_free: 'pool full',
        }),
      }),
      graph({
        title: 'Tables opened',
        description:
          'Tables a second that were not in the cache of open tables: always more than 0, the cache is too small.',
        unit: 'ops',
        queries: [{ expr: perSecond('opened_tables'), legend: 'opened' }],
      }),
      stat({
        title: 'Collectors that fail',
        description: "Parts of mysqld-exporter that could not ask what they are for: their panels' data is missing.",
        unit: 'short',
        ...{ width: 12, height: 8 },
        queries: [{ expr: `sum(1 - mysql_exporter_collector_success{${server}})` }],
        thresholds: anyIsBad,
      }),
    ],
  }
}

export const dashboard = defineDashboard({
  uid: 'mysql',
  title: 'MySQL',
  description: 'The database: statements, connections, InnoDB, and how full its volume is.',
  tags: ['services'],
  variables: [pod],
  rows: [now(), statements(), connections(), innodb()],
})
