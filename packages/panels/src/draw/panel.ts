import type { Panel } from '../model/dashboard.ts'
import { type QueryAnswer, type Series, seriesOf } from '../model/series.ts'
import { element } from './element.ts'
import { drawBarGauge, drawGauge, drawPie, drawStat } from './single.ts'
import { drawTable } from './table.ts'
import { drawTimeseries } from './timeseries.ts'

type Draw = (box: HTMLElement, panel: Panel, series: readonly Series[], answers: readonly QueryAnswer[]) => void

/** The types of panel that can be drawn: those that our dashboards use, and no more. */
const drawers: Readonly<Record<string, Draw>> = {
  timeseries: drawTimeseries,
  stat: drawStat,
  gauge: drawGauge,
  bargauge: drawBarGauge,
  piechart: drawPie,
  table: (box, panel, _, answers) => drawTable(box, panel, answers),
  text: (box, panel) => box.append(element('p', {}, String((panel.options as { content?: string })?.content ?? ''))),
}

/** The names of these types. */
export const drawnTypes: readonly string[] = Object.keys(drawers)

/**
 * Draws a panel into its box: what its queries answered, or that they failed, or that there was nothing. The box says
 * which in `data-state` (`drawn`, `empty`, `error`, `unknown`), for whoever checks pages. One panel that can't be drawn
 * takes no other with it.
 */
export function drawPanel(box: HTMLElement, panel: Panel, answers: readonly QueryAnswer[]): void {
  box.replaceChildren()
  try {
    fill(box, panel, answers)
  } catch (error) {
    box.dataset.state = 'error'
    box.replaceChildren(element('p', { class: 'said' }, `can't be drawn: ${(error as Error).message}`))
  }
}

function fill(box: HTMLElement, panel: Panel, answers: readonly QueryAnswer[]): void {
  const failed = answers.filter(({ error }) => error)
  const say = (state: string, text: string) => {
    box.dataset.state = state
    box.append(element('p', { class: 'said' }, text))
  }
  const draw = drawers[panel.type]
  if (!draw) {
    say('unknown', `a panel of the type ${panel.type} can't be drawn here`)
    return
  }
  if (failed.length) {
    say('error', failed.map(({ error }) => error).join('; '))
    return
  }
  const series = seriesOf(panel, answers)
  if (!series.length && panel.type !== 'text') {
    say('empty', 'no data')
    return
  }
  draw(box, panel, series, answers)
  box.dataset.state = 'drawn'
}
