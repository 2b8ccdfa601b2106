import { runMain } from '@platform/core'
import { dashboardsCommand } from '@platform/grafana/dashboards-command'

await runMain(dashboardsCommand)
