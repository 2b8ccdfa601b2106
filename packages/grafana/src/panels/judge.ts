import type { ExpectationList } from '@platform/dashboards/expected'
import { allPanels, type Dashboard } from '@platform/panels'
import type { ChosenQuery, Proof, ProvedDashboard, ProvedQuery } from '@platform/panels/proof'

/** Something that the proof holds against a panel. */
export interface Finding {
  readonly dashboard: Dashboard
  readonly proved: ProvedQuery
  /** `no data`, … in a few words. */
  readonly what: string
  /** Its cause is to be looked for. */
  readonly silent: boolean
}

/** Of all that may be asked of a list, at most this part of all panels. */
export const mostExpected = 0.05

/** What is wrong with the panels: silence that nobody expects, errors, and expected silence that is none. */
export function judgePanels(proof: Pick<Proof, 'dashboards'>, lists: readonly ExpectationList[]): Finding[] {
  return proof.dashboards.flatMap((board) => {
    const list = lists.find(({ uid }) => uid === board.dashboard.uid)
    return [
      ...board.asOpened.flatMap((proved) => judgeOpened(board.dashboard, proved, list)),
      ...judgeChosen(board, list),
    ]
  })
}

function judgeOpened(dashboard: Dashboard, proved: ProvedQuery, list: ExpectationList | undefined): Finding[] {
  const entry = entryFor(list, proved)
  const finding = (what: string, silent: boolean): Finding[] => [{ dashboard, proved, what, silent }]
  if (proved.shown === 'error') return finding('an error', true)
  if (proved.shown === 'data') {
    return entry
      ? finding(`has data, and ${list?.file} expects none (“${entry.reason}”): the list is out of date`, false)
      : []
  }
  return entry ? [] : finding(silence[proved.shown], true)
}

const silence = {
  empty: 'no data',
  'not now': 'no data any more, though there was some in the last half hour',
  'no number': 'nothing but NaN',
} as const

/**
 * With one value chosen a panel may rightly be empty: a namespace without volumes shows none. An error is one all the same,
 * and so is a panel that no single value brings to show what all of them together do.
 */
function judgeChosen({ dashboard, asOpened, chosen }: ProvedDashboard, list: ExpectationList | undefined): Finding[] {
  const opened = new Map(asOpened.map((each) => [placeOf(each), each]))
  const byVariable = grouped(chosen, (each) => `${each.variable} ${placeOf(each)}`)
  return [...byVariable.values()].flatMap((each): Finding[] => {
    const failed = each.find(({ shown }) => shown === 'error')
    if (failed && opened.get(placeOf(failed))?.shown !== 'error') {
      return [{ dashboard, proved: failed, what: `an error with ${failed.variable} = ${failed.value}`, silent: true }]
    }
    const [first] = each
    if (!first || entryFor(list, first) || each.some(({ shown }) => shown === 'data')) return []
    if (opened.get(placeOf(first))?.shown !== 'data') return [] // told above
    const values = each.map(({ value }) => value).join(', ')
    return [
      { dashboard, proved: first, what: `data for all, and none with ${first.variable} = ${values}`, silent: true },
    ]
  })
}

function grouped(chosen: readonly ChosenQuery[], key: (each: ChosenQuery) => string): Map<string, ChosenQuery[]> {
  const groups = new Map<string, ChosenQuery[]>()
  for (const each of chosen) groups.set(key(each), [...(groups.get(key(each)) ?? []), each])
  return groups
}

function placeOf({ query: { panel, refId } }: ProvedQuery): string {
  return `${panel.id} ${refId}`
}

function entryFor(list: ExpectationList | undefined, { query: { panel, refId } }: ProvedQuery) {
  return list?.expected.find((entry) => entry.panel === panel.title && (entry.refId ?? refId) === refId)
}

/** What is wrong with the lists themselves. */
export function judgeLists(
  dashboards: readonly Dashboard[],
  lists: readonly ExpectationList[],
): { readonly problems: readonly string[]; readonly panels: number; readonly expected: number } {
  const problems = lists.flatMap(({ uid, file, expected }) => {
    const dashboard = dashboards.find((each) => each.uid === uid)
    if (!dashboard) return [`${file}: Grafana has no dashboard ${uid}`]
    return expected.flatMap(({ panel, refId }) => {
      const titled = allPanels(dashboard).filter((each) => each.panel.title === panel)
      if (!titled.length) return [`${file}: ${uid} has no panel “${panel}”`]
      const has = titled.some(({ panel: { targets = [] } }) => targets.some((target) => target.refId === refId))
      return refId !== undefined && !has ? [`${file}: “${panel}” has no query ${refId}`] : []
    })
  })
  const panels = dashboards.reduce((sum, dashboard) => sum + allPanels(dashboard).length, 0)
  const expected = new Set(lists.flatMap(({ uid, expected: all }) => all.map(({ panel }) => `${uid} ${panel}`))).size
  if (expected > panels * mostExpected) {
    problems.push(`the lists hold ${expected} of ${panels} panels, more than ${mostExpected * 100} %`)
  }
  return { problems, panels, expected }
}
