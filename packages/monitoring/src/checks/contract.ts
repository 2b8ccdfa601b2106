import { repositoryRoot } from '@platform/core'
import { type ComponentCheck, defineChecks } from '@platform/engine'
import { untilSettled } from '@platform/engine/settled'

/** What rules record of a scrape is there after the next evaluation: as often as targets are scraped. */
const SCRAPES = 3

/** What images and charts must go on serving, so that no panel is empty and no rule silent. */
const contract: ComponentCheck = {
  id: 'contract-metrics',
  dependsOn: ['prometheus', 'alertmanager', 'ingress', 'grafana', 'mysql', 'containers'],
  name: 'Prometheus has every series and label that rules and dashboards need',
  timeoutMs: 120_000,
  hint: 'pnpm run verify --contract   # and git diff packages/*/metrics.json: what did an image or a chart change?',
  async run(context) {
    const [{ allNeeds }, { readContract }, { promisedIn }, { missingFrom, readHeld }] = await Promise.all([
      import('../contract/needs.ts'),
      import('../contract/files.ts'),
      import('../contract/build.ts'),
      import('../contract/live.ts'),
    ])
    const needs = await allNeeds(repositoryRoot)
    const components = await deployed(context)
    const all = promisedIn(readContract(repositoryRoot))
    const promised = all.filter(({ component }) => components.has(component))
    const left = [...new Set(all.map(({ component }) => component))].filter((name) => !components.has(name))
    const prometheus = await context.prometheus()
    const complete = async () => {
      const held = await readHeld(
        prometheus,
        promised.map(({ name }) => name),
      )
      const missing = missingFrom(held, promised, needs)
      // All of them: which panels and rules are hit is what it is asked for.
      if (missing.length) throw new Error(missing.join('\n'))
      const labels = promised.reduce((sum, one) => sum + one.labels.length, 0)
      const without = left.length ? `; not asked of ${left.join(', ')}, which is not deployed` : ''
      return `${promised.length} names with ${labels} labels${without}`
    }
    return untilSettled(context, complete, { metrics: { scrapes: SCRAPES }, everyMs: 1000 })
  },
}

export const contractChecks = defineChecks([contract])

/** The components that run: what is not there serves nothing. */
async function deployed({ api }: Parameters<ComponentCheck['run']>[0]): Promise<ReadonlySet<string>> {
  const { loadComponents, readHistory } = await import('@platform/engine/live')
  const components = await loadComponents()
  const histories = await Promise.all(components.map((each) => readHistory(api, each)))
  return new Set(components.filter((_, n) => histories[n]?.deployed).map(({ name }) => name))
}
