import {
  anyIsBad,
  average,
  bars,
  defineDashboard,
  graph,
  lines,
  oneIsWell,
  type QueryVariable,
  type Row,
  stat,
  table,
} from '@platform/dashboards'

const job: QueryVariable = { name: 'job', label: 'Job', series: 'up' }

const server = 'job="prometheus"'
const ofJob = 'job=~"$job"'

/** A counter of the server, each second. */
const perSecond = (metric: string, more = '') => `sum(rate(${metric}{${server}${more}}[$__rate_interval]))`

function health(): Row {
  return {
    title: 'Health',
    panels: [
      stat({
        title: 'Targets down',
        description: 'Targets of the chosen jobs that could not be scraped.',
        unit: 'short',
        queries: [{ expr: `count(up{${ofJob}}) - sum(up{${ofJob}})` }],
        thresholds: anyIsBad,
      }),
      stat({
        title: 'Configuration loaded',
        description: '1 when the last reload of the configuration went well; else the one before it is in use.',
        unit: 'bool_yes_no',
        queries: [{ expr: `min(prometheus_config_last_reload_successful{${server}})` }],
        thresholds: oneIsWell,
      }),
      stat({
        title: 'Alertmanagers found',
        description: 'Alertmanagers that alerts are sent to: without one nobody hears of them.',
        unit: 'short',
        queries: [{ expr: `sum(prometheus_notifications_alertmanagers_discovered{${server}})` }],
        thresholds: oneIsWell,
      }),
      stat({
        title: 'Rules that failed',
        description: 'Evaluations of rules within an hour that ended in an error.',
        unit: 'short',
        decimals: 0,
        queries: [{ expr: `sum(increase(prometheus_rule_evaluation_failures_total{${server}}[1h]))` }],
        thresholds: anyIsBad,
      }),
      stat({
        title: 'Series in memory',
        description: 'Series that got samples lately: what the memory of the server goes by.',
        unit: 'short',
        queries: [{ expr: `sum(prometheus_tsdb_head_series{${server}})` }],
      }),
      stat({
        title: 'Up since',
        description: 'Time since the server was started.',
        unit: 's',
        queries: [{ expr: `min(time() - process_start_time_seconds{${server}})` }],
      }),
    ],
  }
}

function scrapes(): Row {
  return {
    title: 'Scrapes',
    panels: [
      graph({
        title: 'Targets by job',
        description: 'Targets that answer, by job: a line that falls is a target that went.',
        unit: 'short',
        stack: true,
        queries: [{ expr: `sum by (job) (up{${ofJob}})`, legend: '{{job}}' }],
      }),
      table({
        title: 'Targets',
        description: 'Samples and seconds of the last scrape of each target, and whether it answered: the 50 largest.',
        unit: 'short',
        width: 12,
        sortBy: 'Samples',
        queries: [
          { expr: `topk(50, max by (job, instance) (scrape_samples_scraped{${ofJob}}))`, column: 'Samples' },
          { expr: `topk(50, max by (job, instance) (scrape_duration_seconds{${ofJob}}))`, column: 'Took', unit: 's' },
          { expr: `topk(50, max by (job, instance) (up{${ofJob}}))`, column: 'Up', unit: 'bool_yes_no' },
        ],
      }),
      graph({
        title: 'Time of scrapes',
        description: 'The slowest target of each job; past its timeout it is down.',
        unit: 's',
        queries: [{ expr: `max by (job) (scrape_duration_seconds{${ofJob}})`, legend: '{{job}}' }],
      }),
      graph({
        title: 'Samples by job',
        description: 'Samples of one round of scrapes that are kept after relabelling.',
        unit: 'short',
        stack: true,
        queries: [{ expr: `sum by (job) (scrape_samples_post_metric_relabeling{${ofJob}})`, legend: '{{job}}' }],
      }),
      graph({
        title: 'New series',
        description:
          'Series in each scrape that were not there before: churn, which fills the memory. The ten jobs with most.',
        unit: 'short',
        queries: [{ expr: `topk(10, sum by (job) (scrape_series_added{${ofJob}}))`, legend: '{{job}}' }],
      }),
      graph({
        title: 'Samples refused',
        description:
          'Samples a second that were too old, twice at one time, out of order, or above a limit: should be 0.',
        unit: 'cps',
        queries: (['duplicate_timestamp', 'out_of_order', 'out_of_bounds'] as const).map((kind) => ({
          expr: perSecond(`prometheus_target_scrapes_sample_${kind}_total`),
          legend: kind.replaceAll('_', ' '),
        })),
      }),
    ],
  }
}

function storage(): Row {
  return {
    title: 'Storage',
    panels: [
      graph({
        title: 'Samples appended',
        description: 'Samples a second that were written.',
        unit: 'cps',
        width: 8,
        queries: [{ expr: perSecond('prometheus_tsdb_head_samples_appended_total'), legend: 'samples' }],
      }),
      graph({
        title: 'Series',
        description: 'Series in memory, and how many came and went each second.',
        unit: 'short',
        width: 8,
        queries: [
          { expr: `sum(prometheus_tsdb_head_series{${server}})`, legend: 'in memory' },
          { expr: perSecond('prometheus_tsdb_head_series_created_total'), legend: 'made a second' },
          { expr: perSecond('prometheus_tsdb_head_series_removed_total'), legend: 'gone a second' },
        ],
      }),
      graph({
        title: 'Bytes on disk',
        description: 'Blocks, the write-ahead log, and the chunks of the head.',
        unit: 'bytes',
        width: 8,
        stack: true,
        queries: lines((metric) => `sum(${metric}{${server}})`, {
          prometheus_tsdb_storage_blocks_bytes: 'blocks',
          prometheus_tsdb_wal_storage_size_bytes: 'log',
          prometheus_tsdb_head_chunks_storage_size_bytes: 'head',
        }),
      }),
      graph({
        title: 'Failures of the storage',
        description:
          'Compactions, truncations, writes of the log and reloads of blocks that failed within an hour: should be 0.',
        unit: 'short',
        min: 0,
        width: 24,
        queries: lines((metric) => `sum(increase(${metric}{${server}}[1h]))`, {
          prometheus_tsdb_compactions_failed_total: 'compactions',
          prometheus_tsdb_head_truncations_failed_total: 'truncations',
          prometheus_tsdb_wal_writes_failed_total: 'writes of the log',
          prometheus_tsdb_wal_corruptions_total: 'broken log',
          prometheus_tsdb_reloads_failures_total: 'reloads',
        }),
        thresholds: anyIsBad,
      }),
    ],
  }
}

function questions(): Row {
  return {
    title: 'Queries, rules, alerts',
    panels: [
      graph({
        title: 'Requests',
        description: 'Requests a second by the way that they ask for: the ten with most.',
        unit: 'reqps',
        queries: [
          {
            expr: `topk(10, sum by (handler) (rate(prometheus_http_requests_total{${server}}[$__rate_interval])))`,
            legend: '{{handler}}',
          },
        ],
      }),
      graph({
        title: 'Time of queries',
        description: 'Average time of a query by its stages; waiting in line (queue_time) is a server too small.',
        unit: 's',
        queries: [{ expr: average('prometheus_engine_query_duration_seconds', server, 'slice'), legend: '{{slice}}' }],
      }),
      bars({
        title: 'Time of groups of rules',
        description:
          'How long the last evaluation of each group took: the ten slowest. Longer than its interval, it misses rounds.',
        unit: 's',
        queries: [
          {
            expr: `topk(10, max by (rule_group) (prometheus_rule_group_last_duration_seconds{${server}}))`,
            legend: '{{rule_group}}',
          },
        ],
      }),
      graph({
        title: 'Alerts on their way',
        description: 'Alerts a second sent to Alertmanager, refused by it, and dropped for want of one.',
        unit: 'cps',
        queries: [
          { expr: perSecond('prometheus_notifications_sent_total'), legend: 'sent' },
          { expr: `${perSecond('prometheus_notifications_errors_total')} or vector(0)`, legend: 'failed' },
          { expr: perSecond('prometheus_notifications_dropped_total'), legend: 'dropped' },
        ],
      }),
    ],
  }
}

function process(): Row {
  return {
    title: 'The process',
    panels: [
      graph({
        title: 'Memory of the server',
        description: 'Memory of the process, and of what its program has allocated.',
        unit: 'bytes',
        width: 8,
        queries: lines((metric) => `sum(${metric}{${server}})`, {
          process_resident_memory_bytes: 'process',
          go_memstats_alloc_bytes: 'allocated',
        }),
      }),
      graph({
        title: 'CPU of the server',
        description: 'Cores in use.',
        unit: 'short',
        width: 8,
        queries: [{ expr: perSecond('process_cpu_seconds_total'), legend: 'cores' }],
      }),
      graph({
        title: 'Open files of the server',
        description: 'File descriptors in use.',
        unit: 'short',
        width: 8,
        queries: [{ expr: `sum(process_open_fds{${server}})`, legend: 'open' }],
      }),
    ],
  }
}

export const dashboard = defineDashboard({
  uid: 'prometheus',
  title: 'Prometheus',
  description: 'Whether Prometheus itself is well: its targets, storage, queries, rules and alerts.',
  tags: ['monitoring'],
  variables: [job],
  rows: [health(), scrapes(), storage(), questions(), process()],
})
