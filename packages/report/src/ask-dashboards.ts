import {
  allPanels,
  answersByPanel,
  type Dashboard,
  type QueryAnswer,
  queryDashboard,
  type View,
  viewOf,
} from '@platform/panels'
import type { Grafana } from './ask-grafana.ts'
import { boundAnswers, bounds } from './bound.ts'

/** A dashboard with what its panels' queries answered, cut to what is drawn. */
export interface AskedBoard {
  readonly dashboard: Dashboard
  readonly answers: Readonly<Record<string, readonly QueryAnswer[]>>
  /** Rows left out. */
  readonly panels: number
  /** Queries that were asked, and those of them that failed or gave nothing. */
  readonly queries: number
  readonly errors: number
  readonly empty: number
}

export interface AskedBoards {
  readonly boards: readonly AskedBoard[]
  /** Dashboards that could not be read or asked, each by its name with why; the others are there all the same. */
  readonly problems: readonly string[]
  readonly view: View
}

const together = 2

/** The time that the report shows: no more points than are kept. */
export function reportView(minutes: number, now = Date.now() / 1000): View {
  const points = bounds.points - 1
  const { step } = viewOf(0, minutes * 60, { points })
  const to = Math.floor(now / step) * step
  return { from: to - Math.min(points, Math.floor((minutes * 60) / step)) * step, to, step, scrapeInterval: 15 }
}

/** Asks every dashboard that Grafana has, through its datasource, as its variables stand. */
export async function askDashboards(
  grafana: Grafana,
  { view, onBoard = () => {} }: { readonly view: View; readonly onBoard?: (title: string) => void },
): Promise<AskedBoards> {
  const found = await grafana.get<readonly { uid: string; title: string }[]>('search?type=dash-db&limit=1000')
  const boards = new Map<string, AskedBoard>()
  const problems = new Map<string, string>()
  const left = [...found]
  const work = async () => {
    for (let next = left.shift(); next; next = left.shift()) {
      const { uid, title } = next
      onBoard(title)
      try {
        boards.set(uid, await askBoard(grafana, uid, view))
      } catch (error) {
        problems.set(uid, `${title} (${uid}): ${(error as Error).message}`)
      }
    }
  }
  await Promise.all(Array.from({ length: together }, work))
  const inOrder = <T>(by: ReadonlyMap<string, T>) => found.flatMap(({ uid }) => by.get(uid) ?? [])
  return { boards: inOrder(boards), problems: inOrder(problems), view }
}

async function askBoard(grafana: Grafana, uid: string, view: View): Promise<AskedBoard> {
  const { dashboard } = await grafana.get<{ dashboard: Dashboard }>(`dashboards/uid/${uid}`)
  const asked = await queryDashboard(grafana.prometheus('prometheus'), dashboard, view)
  const byPanel = answersByPanel(asked)
  const panels = new Map(allPanels(dashboard).map(({ panel }) => [String(panel.id), panel]))
  const answers = Object.fromEntries(
    Object.entries(byPanel).map(([id, each]) => {
      const panel = panels.get(id)
      return [id, panel ? boundAnswers(panel, each) : each]
    }),
  )
  const told = asked.queries.map(({ answer }) => answer)
  return {
    ...{ dashboard, answers, panels: panels.size, queries: told.length },
    errors: told.filter(({ error }) => error).length,
    empty: told.filter(({ error, result }) => !error && !result.length).length,
  }
}
