import type { ProofContext } from '@platform/engine'

const configMaps = '/api/v1/namespaces/monitoring/configmaps'
const datasources = `${configMaps}/grafana-dashboard-datasources`

interface ConfigMap {
  readonly metadata: { readonly name: string }
  readonly data?: Readonly<Record<string, string>>
}

/** Sets variables of Grafana's environment, which it reads when it starts. */
export function setEnvironment(data: Readonly<Record<string, string>>): (context: ProofContext) => Promise<void> {
  return async (context) => {
    await context.api.patch(`${configMaps}/grafana-dashboard-settings`, { data })
  }
}

/** Edits the datasource's provisioning file. */
export function setDatasource(edit: (text: string) => string): (context: ProofContext) => Promise<void> {
  return async (context) => {
    const { data = {} } = await context.api.get<ConfigMap>(datasources)
    const edited = Object.fromEntries(Object.entries(data).map(([file, text]) => [file, edit(text)]))
    if (JSON.stringify(edited) === JSON.stringify(data))
      throw new Error('the datasource is not as expected: nothing to edit')
    await context.api.patch(datasources, { data: edited })
  }
}

interface Board {
  readonly panels?:
    | readonly {
        readonly targets?: readonly { readonly expr?: string }[]
        readonly panels?: Board['panels']
      }[]
    | undefined
}

/** Lets the first panel with a query ask for what is nowhere: the dashboard has all its panels, and one shows nothing. */
export function askNothing(name: string): (context: ProofContext) => Promise<void> {
  return editDashboard(name, (board) => {
    const place = board.panels?.findIndex(({ targets }) => targets?.some(({ expr }) => expr)) ?? -1
    if (place < 0) throw new Error(`${name} has no panel with a query`)
    const panels = board.panels?.map((panel, n) =>
      n === place
        ? { ...panel, targets: panel.targets?.map((target) => ({ ...target, expr: 'a_metric_that_nobody_has' })) }
        : panel,
    )
    return { ...board, panels }
  })
}

/** Takes every query out of a dashboard: its panels are all there, and ask nothing. */
export function clearQueries(name: string): (context: ProofContext) => Promise<void> {
  return editDashboard(name, withoutQueries)
}

/** Panels below collapsed rows too. Pure. */
export function withoutQueries(board: Board): Board {
  const emptied = (panels: Board['panels']): Board['panels'] =>
    panels?.map((panel) => ({
      ...panel,
      ...(panel.targets && { targets: [] }),
      ...(panel.panels && { panels: emptied(panel.panels) }),
    }))
  return { ...board, panels: emptied(board.panels) }
}

/** Lets every query of a dashboard end too early: Prometheus refuses them. */
export function cutQueries(name: string): (context: ProofContext) => Promise<void> {
  return editDashboard(name, (board) => ({
    ...board,
    panels: board.panels?.map((panel) => ({
      ...panel,
      targets: panel.targets?.map((target) => ({ ...target, expr: `(${target.expr}` })),
    })),
  }))
}

function editDashboard(name: string, edit: (board: Board) => Board): (context: ProofContext) => Promise<void> {
  return async (context) => {
    const path = `${configMaps}/grafana-dashboard-${name}`
    const { data = {} } = await context.api.get<ConfigMap>(path)
    const edited = Object.fromEntries(
      Object.entries(data).map(([file, text]) => [file, JSON.stringify(edit(JSON.parse(text) as Board))]),
    )
    await context.api.patch(path, { data: edited })
  }
}

/** Takes all panels out of every dashboard: it is still there, by its uid and title. */
export async function clearDashboards(context: ProofContext): Promise<void> {
  const labels = 'app.kubernetes.io/name=grafana,app.kubernetes.io/component=dashboard'
  const all = await context.api.list<ConfigMap>(configMaps, { labels })
  if (!all.length) throw new Error('there are no dashboards to empty')
  for (const { metadata, data = {} } of all) {
    const emptied = Object.fromEntries(
      Object.entries(data).map(([file, text]) => [file, JSON.stringify({ ...JSON.parse(text), panels: [] })]),
    )
    await context.api.patch(`${configMaps}/${metadata.name}`, { data: emptied })
  }
}
