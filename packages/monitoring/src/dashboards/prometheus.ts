import {
  average,
  bars,
  defineDashboard,
  graph,
  lines,
  type QueryVariable,
  type Row,
  stat,
  table,
  upThresholds,
  zeroThresholds,
} from '@platform/dashboards'

const job: QueryVariable = { name: 'job', label: 'Job', series: 'up' }

const server = 'job="prometheus"'
const ofJob = 'job=~"$job"'

/** The rate of a counter of Prometheus itself. */
const perSecond = (metric: string, more = '') => `sum(rate(${metric}{${server}${more}}[$__rate_interval]))`

function health(): Row {
  return {
    title: 'Health',
    panels: [
      stat({
        title: 'Targets down',
        description: 'Targets of the selected jobs whose last scrape failed.',
        unit: 'short',
        queries: [{ expr: `count(up{${ofJob}}) - sum(up{${ofJob}})` }],
        thresholds: zeroThresholds,
      }),
      stat({
        title: 'Config reload successful',
        description:
          'Whether the last configuration reload succeeded. After a failure the previous configuration stays in use.',
        unit: 'bool_yes_no',
        queries: [{ expr: `min(prometheus_config_last_reload_successful{${server}})` }],
        thresholds: upThresholds,
      }),
      stat({
        title: 'Alertmanagers discovered',
        description: 'Alertmanagers that Prometheus sends alerts to. Without one, nobody is notified.',
        unit: 'short',
        queries: [{ expr: `sum(prometheus_notifications_alertmanagers_discovered{${server}})` }],
        thresholds: upThresholds,
      }),
      stat({
        title: 'Rule evaluation failures (1h)',
        description: 'Rule evaluations that failed within an hour.',
        unit: 'short',
        decimals: 0,
        queries: [{ expr: `sum(increase(prometheus_rule_evaluation_failures_total{${server}}[1h]))` }],
        thresholds: zeroThresholds,
      }),
      stat({
        title: 'Active series',
        description: 'Series in the head block. Memory usage depends on them.',
        unit: 'short',
        queries: [{ expr: `sum(prometheus_tsdb_head_series{${server}})` }],
      }),
      stat({
        title: 'Uptime',
        description: 'Time since Prometheus started.',
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
        title: 'Targets up by job',
        description: 'Targets whose last scrape succeeded, by job.',
        unit: 'short',
        stack: true,
        queries: [{ expr: `sum by (job) (up{${ofJob}})`, legend: '{{job}}' }],
      }),
      table({
        title: 'Targets',
        description: 'Samples, duration and result of the last scrape of each target, top 50.',
        unit: 'short',
        width: 12,
        sortBy: 'Samples',
        queries: [
          { expr: `topk(50, max by (job, instance) (scrape_samples_scraped{${ofJob}}))`, column: 'Samples' },
          {
            expr: `topk(50, max by (job, instance) (scrape_duration_seconds{${ofJob}}))`,
            column: 'Duration',
            unit: 's',
          },
          { expr: `topk(50, max by (job, instance) (up{${ofJob}}))`, column: 'Up', unit: 'bool_yes_no' },
        ],
      }),
      graph({
        title: 'Scrape duration',
        description: 'Slowest target of each job. A scrape that exceeds its timeout fails.',
        unit: 's',
        queries: [{ expr: `max by (job) (scrape_duration_seconds{${ofJob}})`, legend: '{{job}}' }],
      }),
      graph({
        title: 'Scraped samples by job',
        description: 'Samples of one scrape that remain after metric relabeling.',
        unit: 'short',
        stack: true,
        queries: [{ expr: `sum by (job) (scrape_samples_post_metric_relabeling{${ofJob}})`, legend: '{{job}}' }],
      }),
      graph({
        title: 'Series added (churn)',
        description: 'New series in each scrape, top 10 jobs. High churn increases memory usage.',
        unit: 'short',
        queries: [{ expr: `topk(10, sum by (job) (scrape_series_added{${ofJob}}))`, legend: '{{job}}' }],
      }),
      graph({
        title: 'Rejected samples',
        description: 'Samples per second with a duplicate timestamp, out of order or out of bounds. Should be 0.',
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
        description: 'Samples written per second.',
        unit: 'cps',
        width: 8,
        queries: [{ expr: perSecond('prometheus_tsdb_head_samples_appended_total'), legend: 'samples' }],
      }),
      graph({
        title: 'Head series',
        description: 'Series in the head block, and series created and removed per second.',
        unit: 'short',
        width: 8,
        queries: [
          { expr: `sum(prometheus_tsdb_head_series{${server}})`, legend: 'head series' },
          { expr: perSecond('prometheus_tsdb_head_series_created_total'), legend: 'created per second' },
          { expr: perSecond('prometheus_tsdb_head_series_removed_total'), legend: 'removed per second' },
        ],
      }),
      graph({
        title: 'Storage size',
        description: 'Bytes of the blocks, the write-ahead log (WAL) and the head chunks.',
        unit: 'bytes',
        width: 8,
        stack: true,
        queries: lines((metric) => `sum(${metric}{${server}})`, {
          prometheus_tsdb_storage_blocks_bytes: 'blocks',
          prometheus_tsdb_wal_storage_size_bytes: 'WAL',
          prometheus_tsdb_head_chunks_storage_size_bytes: 'head chunks',
        }),
      }),
      graph({
        title: 'Storage failures (1h)',
        description:
          'Failed compactions, head truncations, WAL writes and block reloads, and WAL corruptions, within an hour. Should be 0.',
        unit: 'short',
        min: 0,
        width: 24,
        queries: lines((metric) => `sum(increase(${metric}{${server}}[1h]))`, {
          prometheus_tsdb_compactions_failed_total: 'compactions',
          prometheus_tsdb_head_truncations_failed_total: 'truncations',
          prometheus_tsdb_wal_writes_failed_total: 'WAL writes',
          prometheus_tsdb_wal_corruptions_total: 'WAL corruptions',
          prometheus_tsdb_reloads_failures_total: 'reloads',
        }),
        thresholds: zeroThresholds,
      }),
    ],
  }
}

function queries(): Row {
  return {
    title: 'Queries, rules and alerts',
    panels: [
      graph({
        title: 'HTTP requests',
        description: 'Requests per second by handler, top 10.',
        unit: 'reqps',
        queries: [
          {
            expr: `topk(10, sum by (handler) (rate(prometheus_http_requests_total{${server}}[$__rate_interval])))`,
            legend: '{{handler}}',
          },
        ],
      }),
      graph({
        title: 'Query duration by stage',
        description: 'Average duration of each query stage. A high queue_time means that the server is too small.',
        unit: 's',
        queries: [{ expr: average('prometheus_engine_query_duration_seconds', server, 'slice'), legend: '{{slice}}' }],
      }),
      bars({
        title: 'Rule group duration',
        description:
          'Duration of the last evaluation, top 10 groups. A group that exceeds its interval skips evaluations.',
        unit: 's',
        queries: [
          {
            expr: `topk(10, max by (rule_group) (prometheus_rule_group_last_duration_seconds{${server}}))`,
            legend: '{{rule_group}}',
          },
        ],
      }),
      graph({
        title: 'Alert notifications',
        description:
          'Alerts per second that were sent to Alertmanager, rejected by it, or dropped because none was available.',
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
    title: 'Process',
    panels: [
      graph({
        title: 'Memory usage',
        description: 'Resident memory of the process, and memory allocated by its Go heap.',
        unit: 'bytes',
        width: 8,
        queries: lines((metric) => `sum(${metric}{${server}})`, {
          process_resident_memory_bytes: 'resident',
          go_memstats_alloc_bytes: 'allocated',
        }),
      }),
      graph({
        title: 'CPU usage',
        description: 'Cores in use.',
        unit: 'short',
        width: 8,
        queries: [{ expr: perSecond('process_cpu_seconds_total'), legend: 'cores' }],
      }),
      graph({
        title: 'Open file descriptors',
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
  description: 'Health of Prometheus itself: targets, storage, queries, rules and alerts.',
  tags: ['monitoring'],
  variables: [job],
  rows: [health(), scrapes(), storage(), queries(), process()],
})
