/** Who asks what the dashboards need is not to need Grafana for it. */
export { collectDashboards } from '@platform/dashboards/collect'
