/** Types of panels that Grafana has without a plugin. */
const core = [
  ...['alertlist', 'annolist', 'barchart', 'bargauge', 'candlestick', 'canvas', 'dashlist', 'datagrid', 'debug'],
  ...['flamegraph', 'gauge', 'geomap', 'gettingstarted', 'graph', 'heatmap', 'histogram', 'live', 'logs', 'news'],
  ...['nodeGraph', 'piechart', 'row', 'stat', 'state-timeline', 'status-history', 'table', 'text', 'timeseries'],
  ...['traces', 'trend', 'welcome', 'xychart'],
]

/** Those of before that Grafana turns into one of its own when it opens a dashboard. */
const migrated = [
  ...['singlestat', 'table-old', 'grafana-singlestat-panel', 'grafana-piechart-panel', 'grafana-worldmap-panel'],
]

export const panelTypes: ReadonlySet<string> = new Set([...core, ...migrated])
