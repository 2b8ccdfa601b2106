import {
  average,
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

const alertname: QueryVariable = { name: 'alertname', label: 'Alert', series: 'ALERTS' }

const server = 'job="alertmanager"'
const ofAlert = 'alertname=~"$alertname"'

function status(): Row {
  return {
    title: 'Current status',
    panels: [
      stat({
        title: 'Firing alerts',
        description: 'Firing alerts, without Watchdog, which always fires as an end-to-end test of the alert path.',
        unit: 'short',
        queries: [{ expr: `count(ALERTS{alertstate="firing", alertname!="Watchdog", ${ofAlert}}) or vector(0)` }],
        thresholds: zeroThresholds,
      }),
      stat({
        title: 'Pending alerts',
        description: 'Alerts whose condition is true, but not yet for long enough.',
        unit: 'short',
        queries: [{ expr: `count(ALERTS{alertstate="pending", ${ofAlert}}) or vector(0)` }],
        thresholds: [{ from: 1, color: 'yellow' }],
      }),
      stat({
        title: 'Watchdog received',
        description:
          'Whether Alertmanager has an active alert. Watchdog always fires, so none means that the alert path is broken.',
        unit: 'bool_yes_no',
        queries: [{ expr: `sum(alertmanager_alerts{${server}, state="active"}) > bool 0` }],
        thresholds: upThresholds,
      }),
      stat({
        title: 'Active silences',
        description: 'Silences that are in effect.',
        unit: 'short',
        queries: [{ expr: `sum(alertmanager_silences{${server}, state="active"})` }],
      }),
      stat({
        title: 'Config reload successful',
        description:
          'Whether the last configuration reload succeeded. After a failure the previous configuration stays in use.',
        unit: 'bool_yes_no',
        queries: [{ expr: `min(alertmanager_config_last_reload_successful{${server}})` }],
        thresholds: upThresholds,
      }),
      stat({
        title: 'Receiver integrations',
        description: 'Configured integrations (email, chat, webhook). With 0, alerts appear only in the web UI.',
        unit: 'short',
        queries: [{ expr: `max(alertmanager_integrations{${server}})` }],
      }),
      table({
        title: 'Firing and pending alerts',
        description: 'Firing and pending alerts and their age, top 100.',
        unit: 's',
        sortBy: 'Age',
        hide: ['__name__', 'instance', 'job'],
        queries: [{ expr: `topk(100, time() - ALERTS_FOR_STATE{${ofAlert}})`, column: 'Age' }],
      }),
    ],
  }
}

function alerts(): Row {
  return {
    title: 'Alerts',
    panels: [
      graph({
        title: 'Firing alerts by name',
        description: 'Firing alerts by name, top 10.',
        unit: 'short',
        stack: true,
        queries: [
          { expr: `topk(10, count by (alertname) (ALERTS{alertstate="firing", ${ofAlert}}))`, legend: '{{alertname}}' },
        ],
      }),
      graph({
        title: 'Alerts by state',
        description: 'Alerts in Alertmanager: active, suppressed (silenced or inhibited) or unprocessed.',
        unit: 'short',
        stack: true,
        queries: [{ expr: `sum by (state) (alertmanager_alerts{${server}})`, legend: '{{state}}' }],
      }),
      graph({
        title: 'Alerts received',
        description: 'Firing and resolved alerts received per second. Prometheus resends an alert while it fires.',
        unit: 'cps',
        queries: [
          {
            expr: `sum by (status) (rate(alertmanager_alerts_received_total{${server}}[$__rate_interval]))`,
            legend: '{{status}}',
          },
          {
            expr: `sum(rate(alertmanager_alerts_invalid_total{${server}}[$__rate_interval]))`,
            legend: 'invalid',
          },
        ],
      }),
      graph({
        title: 'Alert groups',
        description: 'Groups of alerts that are notified together.',
        unit: 'short',
        queries: [{ expr: `sum(alertmanager_dispatcher_aggregation_groups{${server}})`, legend: 'groups' }],
      }),
    ],
  }
}

function notifications(): Row {
  return {
    title: 'Notifications',
    panels: [
      graph({
        title: 'Notifications (1h)',
        description: 'Notifications within an hour, top 10 integrations.',
        unit: 'short',
        width: 8,
        min: 0,
        queries: [
          {
            expr: `topk(10, sum by (integration) (increase(alertmanager_notifications_total{${server}}[1h])))`,
            legend: '{{integration}}',
          },
        ],
      }),
      graph({
        title: 'Failed notifications (1h)',
        description: 'Failed notifications within an hour, top 10 integrations. Should be 0.',
        unit: 'short',
        width: 8,
        min: 0,
        queries: [
          {
            expr: `topk(10, sum by (integration) (increase(alertmanager_notifications_failed_total{${server}}[1h])))`,
            legend: '{{integration}}',
          },
        ],
        thresholds: zeroThresholds,
      }),
      graph({
        title: 'Notification latency',
        description: 'Average duration of a notification by integration, 0 while none is sent.',
        unit: 's',
        width: 8,
        queries: [
          {
            expr: `topk(10, ${average('alertmanager_notification_latency_seconds', server, 'integration')})`,
            legend: '{{integration}}',
          },
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
        title: 'HTTP requests',
        description: 'Requests per second by handler, top 10.',
        unit: 'reqps',
        width: 8,
        queries: [
          {
            expr: `topk(10, sum by (handler) (rate(alertmanager_http_request_duration_seconds_count{${server}}[$__rate_interval])))`,
            legend: '{{handler}}',
          },
        ],
      }),
      graph({
        title: 'Memory usage',
        description: 'Resident memory of the process.',
        unit: 'bytes',
        width: 8,
        queries: [{ expr: `sum(process_resident_memory_bytes{${server}})`, legend: 'process' }],
      }),
      graph({
        title: 'Snapshot size',
        description: 'Size of the last snapshots of silences and of the notification log.',
        unit: 'bytes',
        width: 8,
        queries: lines((metric) => `sum(${metric}{${server}})`, {
          alertmanager_silences_snapshot_size_bytes: 'silences',
          alertmanager_nflog_snapshot_size_bytes: 'notification log',
        }),
      }),
    ],
  }
}

export const dashboard = defineDashboard({
  uid: 'alertmanager',
  title: 'Alertmanager',
  description: 'Firing alerts, silences, notifications, and health of Alertmanager.',
  tags: ['monitoring'],
  variables: [alertname],
  rows: [status(), alerts(), notifications(), process()],
})
