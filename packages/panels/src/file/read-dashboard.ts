import type { Dashboard, DatasourceReference, Panel, Target } from '../model/dashboard.ts'
import { type KnownDatasource, resolveInputs } from './inputs.ts'
import { panelTypes } from './panel-types.ts'

/** Older ones have other names for nearly everything: Grafana itself opens them less and less. */
export const oldestSchema = 12

/** A dashboard out of a file, ready to be asked, with what in it can't be used. */
export interface ReadDashboard {
  /** Undefined: nothing of the file can be used. */
  readonly dashboard?: Dashboard
  /** What is wrong, each with the place in the file. */
  readonly problems: readonly string[]
}

type Json = Readonly<Record<string, unknown>>

/**
 * Reads the JSON of a dashboard, whoever made it: as exported (with inputs), as Grafana's API answers, with `rows` as before
 * schema 16. Inputs for a Prometheus become `uid`; of what is wrong all is told.
 *
 * @param known the datasources that Grafana has
 */
export function readDashboard(text: string, known: readonly KnownDatasource[]): ReadDashboard {
  let json: unknown
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch {
    return { problems: [`is not JSON: ${jsonPlace(text)}`] }
  }
  const found = unwrap(json)
  const wrong = whyNoDashboard(found)
  if (wrong || !found) return { problems: [wrong ?? 'is no dashboard'] }
  const { resolved, problems } = resolveInputs(found, known)
  const dashboard = withPanels({ ...resolved, title: titleOf(resolved) })
  const { panels, problems: ofPanels } = judgedPanels(dashboard, known)
  return { dashboard: { ...dashboard, panels }, problems: [...problems, ...ofPanels] }
}

/** An object, out of what the API or an export put round it. */
function unwrap(json: unknown): Json | undefined {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined
  const { dashboard } = json as Json
  return typeof dashboard === 'object' && dashboard !== null ? (dashboard as Json) : (json as Json)
}

function whyNoDashboard(json: Json | undefined): string | undefined {
  if (!json) return 'is no dashboard: an object was expected'
  if (typeof json.apiVersion === 'string' && json.spec) {
    return `apiVersion: ${json.apiVersion} is of Grafana's newer API: export it as “Classic” JSON`
  }
  const { schemaVersion, panels, rows } = json
  if (!Array.isArray(panels) && !Array.isArray(rows)) return 'is no dashboard: it has no panels'
  if (typeof schemaVersion !== 'number') return 'is no dashboard: schemaVersion is missing'
  if (schemaVersion < oldestSchema) {
    return `schemaVersion: ${schemaVersion} is too old, ${oldestSchema} is the oldest that can be read: open it in a Grafana of its time and export it again`
  }
  return undefined
}

function titleOf({ title }: Json): string {
  return typeof title === 'string' && title ? title : 'without a title'
}

/** `rows` of before schema 16 become panels, each with an id of its own. */
function withPanels(json: Json & { title: string }): Dashboard {
  const rows = Array.isArray(json.rows) && !Array.isArray(json.panels) ? (json.rows as Json[]) : undefined
  const listed = rows
    ? rows.flatMap((row) => [
        { type: 'row', title: typeof row.title === 'string' ? row.title : '' } as Panel,
        ...((row.panels ?? []) as Panel[]),
      ])
    : (json.panels as Panel[])
  const ids = new Set<number>()
  let next = 100_000
  const withId = (panel: Panel): Panel => {
    const own = panel.id !== undefined && !ids.has(panel.id) ? panel.id : next++
    ids.add(own)
    const below = panel.panels && { panels: panel.panels.map(withId) }
    return { ...panel, id: own, ...below }
  }
  return { ...json, panels: listed.map(withId) } as unknown as Dashboard
}

/** What is wrong with panels; one that asks a datasource which is not there asks nothing any more. */
function judgedPanels(dashboard: Dashboard, known: readonly KnownDatasource[]) {
  const variables = new Map((dashboard.templating?.list ?? []).map((each) => [each.name, each.type]))
  const problems: string[] = []
  const judged = (panel: Panel): Panel => {
    if (panel.type === 'row') return panel.panels ? { ...panel, panels: panel.panels.map(judged) } : panel
    const place = `panel ${panel.id} “${panel.title || panel.type}”`
    if (!panelTypes.has(panel.type)) {
      problems.push(`${place}: its type ${JSON.stringify(panel.type)} is none of Grafana's own: it needs a plugin`)
    }
    const sourceOf = (target?: Target) => datasourceProblem(target?.datasource ?? panel.datasource, known, variables)
    const targets = panel.targets ?? []
    const wrong = new Set((targets.length ? targets : [undefined]).flatMap((target) => sourceOf(target) ?? []))
    problems.push(...[...wrong].map((each) => `${place}: ${each}`))
    return wrong.size ? { ...panel, targets: targets.filter((target) => !sourceOf(target)) } : panel
  }
  return { panels: (dashboard.panels ?? []).map(judged), problems }
}

/** What is wrong with a reference; undefined: it is a Prometheus that Grafana has, or its default, or none at all. */
function datasourceProblem(
  source: DatasourceReference | undefined,
  known: readonly KnownDatasource[],
  variables: ReadonlyMap<string, string>,
): string | undefined {
  if (source === null || source === undefined) return undefined
  const { type, uid } = typeof source === 'string' ? { type: undefined, uid: source } : source
  if (type && type !== 'prometheus' && !own.has(type))
    return `its datasource is of the type ${type}: only prometheus is here`
  if (!uid || own.has(uid) || uid === 'default') return undefined
  const variable = /^\$\{?(\w+)\}?$/.exec(uid)?.[1]
  if (variable)
    return variables.get(variable) === 'datasource' ? undefined : `its datasource ${uid} is no input and no variable`
  const found = known.find((each) => each.uid === uid || each.name.toLowerCase() === uid.toLowerCase())
  if (!found)
    return `its datasource ${JSON.stringify(uid)} is unknown; there are ${known.map(({ name }) => name).join(', ')}`
  return found.type === 'prometheus' ? undefined : `its datasource ${uid} is of the type ${found.type}`
}

/** Grafana's own: mixed, of another panel, annotations. */
const own: ReadonlySet<string> = new Set(['-- Mixed --', '-- Dashboard --', '-- Grafana --', 'grafana', 'datasource'])

/** Where the text stops being JSON: V8 does not always say, so the shortest beginning is looked for that can't be gone on from. */
function jsonPlace(text: string): string {
  let [least, most] = [0, text.length]
  while (least < most) {
    const middle = Math.floor((least + most) / 2)
    if (canGoOn(text.slice(0, middle))) least = middle + 1
    else most = middle
  }
  const before = text.slice(0, Math.max(0, least - 1)).split('\n')
  const what = canGoOn(text) ? 'it ends too early' : `unexpected ${JSON.stringify(text[least - 1] ?? '')}`
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}: ${what}`
}

function canGoOn(beginning: string): boolean {
  try {
    JSON.parse(beginning)
    return true
  } catch (error) {
    const { message } = error as Error
    if (/end of JSON input|Unterminated/.test(message)) return true
    return Number(/position (\d+)/.exec(message)?.[1]) >= beginning.length
  }
}
