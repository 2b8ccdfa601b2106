import { repositoryRoot } from '@platform/core'
import { type ComponentCheck, defineChecks } from '@platform/engine'
import { untilSettled } from '@platform/engine/settled'

/** Recording rules have data after the evaluation that follows a scrape; both have the same interval. */
const SCRAPES = 3

/** The metrics that images and charts must keep serving, so that no panel and no rule loses its data. */
const contract: ComponentCheck = {
  id: 'contract-metrics',
  dependsOn: ['prometheus', 'alertmanager', 'ingress', 'grafana', 'mysql', 'containers'],
  name: 'Prometheus has every series and label that rules and dashboards need',
  timeoutMs: 120_000,
  hint: 'pnpm run verify --contract   # then git diff packages/*/metrics.json shows what an image or a chart changed',
  async run(context) {
    const [{ allNeeds }, { readContract }, { contractMetrics }, { missingFrom, readLiveMetrics }] = await Promise.all([
      import('../contract/needs.ts'),
      import('../contract/files.ts'),
      import('../contract/build.ts'),
      import('../contract/live.ts'),
    ])
    const needs = await allNeeds(repositoryRoot)
    const components = await deployed(context)
    const all = contractMetrics(readContract(repositoryRoot))
    const metrics = all.filter(({ component }) => components.has(component))
    const undeployed = [...new Set(all.map(({ component }) => component))].filter((name) => !components.has(name))
    const prometheus = await context.prometheus()
    const complete = async () => {
      const live = await readLiveMetrics(
        prometheus,
        metrics.map(({ name }) => name),
      )
      const missing = missingFrom(live, metrics, needs)
      // All problems, not the first few: the affected panels and rules are the point of this check.
      if (missing.length) throw new Error(missing.join('\n'))
      const labels = metrics.reduce((sum, one) => sum + one.labels.length, 0)
      const without = undeployed.length ? `; skipped ${undeployed.join(', ')}: not deployed` : ''
      return `${metrics.length} metrics with ${labels} labels${without}`
    }
    return untilSettled(context, complete, { metrics: { scrapes: SCRAPES }, everyMs: 1000 })
  },
}

export const contractChecks = defineChecks([contract])

/** The names of the deployed components. */
async function deployed({ api }: Parameters<ComponentCheck['run']>[0]): Promise<ReadonlySet<string>> {
  const { loadComponents, readHistory } = await import('@platform/engine/live')
  const components = await loadComponents()
  const histories = await Promise.all(components.map((each) => readHistory(api, each)))
  return new Set(components.filter((_, n) => histories[n]?.deployed).map(({ name }) => name))
}
