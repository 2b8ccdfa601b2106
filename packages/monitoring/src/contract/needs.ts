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

/** The placeholder for the selected value of a variable. No job has this name. */
const CHOSEN = 'chosen-in-grafana'

/** Metrics of checks and drills, which no image and no chart serves. */
const OWN = 'platform_'

const view = { from: 0, to: 3600, step: 60, scrapeInterval: 15 }

/** All metrics that the rules and dashboards of a checkout need. */
export async function allNeeds(root: string): Promise<readonly Need[]> {
  const [rules, dashboards] = await Promise.all([ruleNeeds(root), dashboardNeeds(root)])
  return [...rules, ...dashboards]
}

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

/** @throws Error with the file name for an invalid rule file */
function rulesOf(parse: (text: string) => unknown, text: string, file: string): readonly Rule[] {
  try {
    return (parse(text) as { groups: { rules: Rule[] }[] }).groups.flatMap(({ rules }) => rules)
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`)
  }
}

/**
 * The needs of a rule: the metrics of its expression, and the labels that its annotations and labels refer to.
 *
 * @throws Error with file, line and column for an invalid expression
 */
export async function needsOfRule(rule: Rule, file?: string): Promise<Need[]> {
  const { alert, record, expr, annotations = {}, labels = {} } = rule
  const texts = [...Object.values(annotations), ...Object.values(labels)].join('\n')
  const referred = [...texts.matchAll(/\$labels\.(\w+)/g)].map(([, label = '']) => label)
  return needsOf(expr, referred, { user: alert ? `alert ${alert}` : `record ${record}`, file })
}

async function dashboardNeeds(root: string): Promise<readonly Need[]> {
  const { collectDashboards } = await import('@platform/dashboards/collect')
  const texts = Object.values(await collectDashboards(root))
  const dashboards = texts.map((text) => JSON.parse(text) as Dashboard)
  return (await Promise.all(dashboards.map(needsOfDashboard))).flat()
}

/** The needs of a dashboard: its queries, the labels of their legends, and its variables. */
export async function needsOfDashboard(dashboard: Dashboard): Promise<Need[]> {
  const panels = await import('@platform/panels')
  const variables = dashboard.templating?.list ?? []
  const selected = Object.fromEntries(
    variables.map((each) => [each.name, { values: [placeholderOf(each)], multi: false }]),
  )
  const fill = (text: string) => panels.interpolate(text, selected, view)
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
  return title || `with id ${id}`
}

/** Custom and interval variables get their first value, because a query may need a duration or a label there. */
function placeholderOf({ type, query, current }: Variable): string {
  const own = [current?.value ?? []].flat().find((value) => !value.startsWith('$__'))
  if (type === 'query') return CHOSEN
  return own ?? (typeof query === 'string' ? query.split(',')[0]?.trim() : undefined) ?? CHOSEN
}

/** @throws Error with line and column for an invalid expression */
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
