import type { ProofContext } from '@platform/engine'
import { readAgain } from './workload.ts'

const configMaps = '/api/v1/namespaces/monitoring/configmaps'
const datasources = `${configMaps}/grafana-dashboard-datasources`

interface ConfigMap {
  readonly metadata: { readonly name: string }
  readonly data?: Readonly<Record<string, string>>
}

/** Sets variables of Grafana's environment. The pod is replaced: it reads them when it starts. */
export function setEnvironment(data: Readonly<Record<string, string>>): (context: ProofContext) => Promise<void> {
  return async (context) => {
    await context.api.patch(`${configMaps}/grafana-dashboard-settings`, { data })
    await readAgain(context)
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
    await readAgain(context)
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
  await readAgain(context)
}
