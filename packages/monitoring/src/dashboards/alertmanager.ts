import {
  anyIsBad,
  average,
  defineDashboard,
  graph,
  lines,
  oneIsWell,
  type QueryVariable,
  type Row,
  stat,
  table,
} from '@platform/dashboards'

const alertname: QueryVariable = { name: 'alertname', label: 'Alert', series: 'ALERTS' }

const server = 'job="alertmanager"'
const ofAlert = 'alertname=~"$alertname"'

function now(): Row {
  return {
    title: 'Now',
    panels: [
      stat({
        title: 'Alerts that fire',
        description: 'Alerts beside Watchdog, which fires always to show that the way is open.',
        unit: 'short',
        queries: [{ expr: `count(ALERTS{alertstate="firing", alertname!="Watchdog", ${ofAlert}}) or vector(0)` }],
        thresholds: anyIsBad,
      }),
      stat({
        title: 'Alerts that wait',
        description: 'Alerts whose condition holds, though not for long enough yet.',
        unit: 'short',
        queries: [{ expr: `count(ALERTS{alertstate="pending", ${ofAlert}}) or vector(0)` }],
        thresholds: [{ from: 1, color: 'yellow' }],
      }),
      stat({
        title: 'Watchdog has arrived',
        description:
          'Whether Alertmanager holds at least one alert: Watchdog fires always, so none is a way that is cut.',
        unit: 'bool_yes_no',
        queries: [{ expr: `sum(alertmanager_alerts{${server}, state="active"}) > bool 0` }],
        thresholds: oneIsWell,
      }),
      stat({
        title: 'Silences',
        description: 'Silences that are in force.',
        unit: 'short',
        queries: [{ expr: `sum(alertmanager_silences{${server}, state="active"})` }],
      }),
      stat({
        title: 'Configuration loaded',
        description: '1 when the last reload went well; else the configuration before it is in use.',
        unit: 'bool_yes_no',
        queries: [{ expr: `min(alertmanager_config_last_reload_successful{${server}})` }],
        thresholds: oneIsWell,
      }),
      stat({
        title: 'Ways to tell somebody',
        description:
          'Integrations (mail, chat, webhook) that are configured: with 0 the alerts are seen on the page only.',
        unit: 'short',
        queries: [{ expr: `max(alertmanager_integrations{${server}})` }],
      }),
      table({
        title: 'Alerts',
        description: 'Alerts that fire or wait to, and since when: 100 at most.',
        unit: 's',
        sortBy: 'For',
        hide: ['__name__', 'instance', 'job'],
        queries: [{ expr: `topk(100, time() - ALERTS_FOR_STATE{${ofAlert}})`, column: 'For' }],
      }),
    ],
  }
}

function alerts(): Row {
  return {
    title: 'Alerts',
    panels: [
      graph({
        title: 'Alerts over time',
        description: 'Alerts that fire, by name: the ten with most.',
        unit: 'short',
        stack: true,
        queries: [
          { expr: `topk(10, count by (alertname) (ALERTS{alertstate="firing", ${ofAlert}}))`, legend: '{{alertname}}' },
        ],
      }),
      graph({
        title: 'Alerts held',
        description:
          'Alerts in Alertmanager: active, silenced or inhibited (suppressed), not looked at yet (unprocessed).',
        unit: 'short',
        stack: true,
        queries: [{ expr: `sum by (state) (alertmanager_alerts{${server}})`, legend: '{{state}}' }],
      }),
      graph({
        title: 'Alerts received',
        description: 'Messages a second that an alert fires or is over; Prometheus repeats them while it fires.',
        unit: 'cps',
        queries: [
          {
            expr: `sum by (status) (rate(alertmanager_alerts_received_total{${server}}[$__rate_interval]))`,
            legend: '{{status}}',
          },
          {
            expr: `sum(rate(alertmanager_alerts_invalid_total{${server}}[$__rate_interval]))`,
            legend: 'not understood',
          },
        ],
      }),
      graph({
        title: 'Groups',
        description: 'Groups of alerts that are told of together.',
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
        title: 'Notifications',
        description: 'Notifications within an hour, by integration: the ten with most.',
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
        title: 'Notifications that failed',
        description: 'Notifications within an hour that nobody got, by integration: should be 0.',
        unit: 'short',
        width: 8,
        min: 0,
        queries: [
          {
            expr: `topk(10, sum by (integration) (increase(alertmanager_notifications_failed_total{${server}}[1h])))`,
            legend: '{{integration}}',
          },
        ],
        thresholds: anyIsBad,
      }),
      graph({
        title: 'Time of a notification',
        description: 'Average time that an integration takes; 0 while nothing is sent.',
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
    title: 'The process',
    panels: [
      graph({
        title: 'Requests',
        description: 'Requests a second by the way that they ask for: the ten with most.',
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
        title: 'Memory',
        description: 'Memory of the process.',
        unit: 'bytes',
        width: 8,
        queries: [{ expr: `sum(process_resident_memory_bytes{${server}})`, legend: 'process' }],
      }),
      graph({
        title: 'What it remembers',
        description: 'Bytes of the last snapshots of its silences and of the log of its notifications.',
        unit: 'bytes',
        width: 8,
        queries: lines((metric) => `sum(${metric}{${server}})`, {
          alertmanager_silences_snapshot_size_bytes: 'silences',
          alertmanager_nflog_snapshot_size_bytes: 'notifications',
        }),
      }),
    ],
  }
}

export const dashboard = defineDashboard({
  uid: 'alertmanager',
  title: 'Alertmanager',
  description: 'What fires, who is told of it, and whether that works.',
  tags: ['monitoring'],
  variables: [alertname],
  rows: [now(), alerts(), notifications(), process()],
})
