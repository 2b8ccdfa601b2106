import type { Dashboard } from '../model/dashboard.ts'
import type { QueryAnswer } from '../model/series.ts'
import { layOut } from './grid.ts'
import { drawPanel } from './panel.ts'
import { themeButton } from './theme.ts'

/** What the report's page has in it, in the element `#data`. */
export interface ReportDashboards {
  readonly dashboards: readonly {
    readonly dashboard: Dashboard
    /** By the panel's id. */
    readonly answers: Readonly<Record<string, readonly QueryAnswer[]>>
  }[]
}

/** Draws a dashboard when its part of the page is opened first: hundreds of graphs at once would take seconds. */
function start(): void {
  const data = JSON.parse(document.querySelector('#data')?.textContent ?? '{}') as ReportDashboards
  for (const { dashboard, answers } of data.dashboards ?? []) {
    const place = document.querySelector<HTMLDetailsElement>(`details[data-dashboard="${dashboard.uid}"]`)
    if (!place) continue
    const draw = () => {
      if (!place.open || place.dataset.drawn) return
      place.dataset.drawn = 'yes'
      const { grid, placed } = layOut(dashboard)
      place.append(grid)
      for (const { panel, box } of placed) drawPanel(box, panel, answers[String(panel.id)] ?? [])
    }
    place.addEventListener('toggle', draw)
    draw()
  }
  themeButton()
  document.querySelector('#all')?.addEventListener('click', () => {
    for (const place of document.querySelectorAll('details[data-dashboard]')) place.setAttribute('open', '')
  })
}

start()
