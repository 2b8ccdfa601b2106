import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Dashboard, Panel, Variable } from '@platform/panels'
import type { Need } from './types.ts'

interface Rule {
  readonly alert?: string
  readonly record?: string
  readonly expr: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly labels?: Readonly<Record<string, string>>
}

/** What stands for the chosen value of a variable: it is no job's name. */
const CHOSEN = 'chosen-in-grafana'

/** What checks and drills measure themselves, for a moment: no image and no chart serves it. */
const OWN = 'platform_'

const view = { from: 0, to: 3600, step: 60, scrapeInterval: 15 }

/** Everything that the rules and the dashboards of a checkout ask for. */
export async function allNeeds(root: string): Promise<readonly Need[]> {
  const [rules, dashboards] = await Promise.all([ruleNeeds(root), dashboardNeeds(root)])
  return [...rules, ...dashboards]
}

/** What the rules in the charts' rule files need. */
async function ruleNeeds(root: string): Promise<readonly Need[]> {
  const { parse } = await import('yaml')
  const folder = join(root, 'packages', 'monitoring', 'chart', 'rules')
  const files = readdirSync(folder).filter((file) => file.endsWith('.rules.yaml'))
  const all = files.flatMap((name) => {
    const file = join('packages', 'monitoring', 'chart', 'rules', name)
    return rulesOf(parse, readFileSync(join(root, file), 'utf8'), file).map((rule) => needsOfRule(rule, file))
  })
  return (await Promise.all(all)).flat()
}

/** @throws Error with the file, for what is no rule file */
function rulesOf(parse: (text: string) => unknown, text: string, file: string): readonly Rule[] {
  try {
    return (parse(text) as { groups: { rules: Rule[] }[] }).groups.flatMap(({ rules }) => rules)
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`)
  }
}

/**
 * What one rule needs: its expression, and the labels that its texts speak of.
 *
 * @throws Error with the file and the place, for an expression that can't be read
 */
export async function needsOfRule(rule: Rule, file?: string): Promise<Need[]> {
  const { alert, record, expr, annotations = {}, labels = {} } = rule
  const texts = [...Object.values(annotations), ...Object.values(labels)].join('\n')
  const spoken = [...texts.matchAll(/\$labels\.(\w+)/g)].map(([, label = '']) => label)
  return needsOf(expr, spoken, { user: alert ? `alert ${alert}` : `record ${record}`, file })
}

async function dashboardNeeds(root: string): Promise<readonly Need[]> {
  const { collectDashboards } = await import('@platform/dashboards/collect')
  const texts = Object.values(await collectDashboards(root))
  const dashboards = texts.map((text) => JSON.parse(text) as Dashboard)
  return (await Promise.all(dashboards.map(needsOfDashboard))).flat()
}

/** What a dashboard needs: its panels' queries, the labels of their legends, and its variables. */
export async function needsOfDashboard(dashboard: Dashboard): Promise<Need[]> {
  const panels = await import('@platform/panels')
  const variables = dashboard.templating?.list ?? []
  const chosen = Object.fromEntries(variables.map((each) => [each.name, { values: [standIn(each)], multi: false }]))
  const fill = (text: string) => panels.interpolate(text, chosen, view)
  const name = dashboard.uid ?? dashboard.title
  const ofPanels = panels.queryPanels(dashboard).flatMap(({ panel, targets }) =>
    targets.map(({ expr, legendFormat }) => {
      const legend = [...(legendFormat ?? '').matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map(([, label = '']) => label)
      return needsOf(fill(expr), legend, { user: `panel “${titleOf(panel)}” of ${name}` })
    }),
  )
  const ofVariables = variables.flatMap((variable) => {
    const call = variable.type === 'query' ? panels.labelValuesCall(fill(panels.queryText(variable))) : undefined
    return call?.match ? [needsOf(call.match, [call.label], { user: `variable ${variable.name} of ${name}` })] : []
  })
  return (await Promise.all([...ofPanels, ...ofVariables])).flat()
}

function titleOf({ title, id }: Panel): string {
  return title || `number ${id}`
}

/** Lists of a dashboard's own have their first value: it may stand where only a duration or a label can. */
function standIn({ type, query, current }: Variable): string {
  const own = [current?.value ?? []].flat().find((value) => !value.startsWith('$__'))
  if (type === 'query') return CHOSEN
  return own ?? (typeof query === 'string' ? query.split(',')[0]?.trim() : undefined) ?? CHOSEN
}

/** @throws Error with the place, for an expression that can't be read */
async function needsOf(
  expr: string,
  resultLabels: readonly string[],
  { user, file }: { readonly user: string; readonly file?: string },
): Promise<Need[]> {
  const { readPromql } = await import('@platform/panels/promql')
  const { metrics, problem } = readPromql(expr, resultLabels)
  if (problem) {
    const where = `${file ? `${file}: ` : ''}${user}`
    throw new Error(`${where}: line ${problem.line}, column ${problem.column}: ${problem.message}`)
  }
  return metrics.flatMap(({ name, labels, matchers }) => {
    if (!name || name.startsWith(OWN)) return []
    const jobs = matchers.filter(({ label, op, value }) => label === 'job' && op === '=' && value !== CHOSEN)
    const one = { name, labels: labels.filter((label) => label !== '__name__'), user }
    return jobs.length ? jobs.map(({ value }) => ({ ...one, job: value })) : [one]
  })
}
