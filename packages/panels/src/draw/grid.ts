import type { Dashboard, Panel } from '../model/dashboard.ts'
import { element } from './element.ts'

/** Height of one unit of Grafana's grid, in pixels, with the gap below it. */
const unit = 38

export interface PlacedPanel {
  readonly panel: Panel
  /** Where it is drawn. */
  readonly box: HTMLElement
}

/** Lays a dashboard's panels out as its grid says, 24 columns wide. Returns the page part and a box for each panel. */
export function layOut(dashboard: Dashboard): { readonly grid: HTMLElement; readonly placed: readonly PlacedPanel[] } {
  const placed: PlacedPanel[] = []
  const grid = element('div', { class: 'grid' })
  const place = (panel: Panel) => {
    const { w = 24, h = 8, x = 0 } = panel.gridPos ?? {}
    const box = element('div', { class: 'panel-body' })
    const title = element(
      'h4',
      { title: panel.description },
      panel.title ?? '',
      Boolean(panel.description) && element('small', {}, ' (i)'),
    )
    const style = `grid-column:${x + 1} / span ${w};height:${h * unit}px`
    grid.append(element('section', { class: 'panel', style, 'data-panel': panel.id ?? 0 }, title, box))
    placed.push({ panel, box })
  }
  for (const panel of dashboard.panels ?? []) {
    if (panel.type !== 'row') {
      place(panel)
      continue
    }
    grid.append(element('h3', { class: 'row' }, panel.title ?? ''))
    panel.panels?.forEach(place)
  }
  return { grid, placed }
}
