import type { FieldConfig, Panel } from '../model/dashboard.ts'
import { calculationOf, reduce, type Series } from '../model/series.ts'
import { seriesColor, thresholdColor } from './colors.ts'
import { element, svg } from './element.ts'
import { shownValue } from './mappings.ts'

interface Single {
  readonly name: string
  readonly value: number | null
  readonly text: string
  readonly color: string | undefined
  readonly config: FieldConfig
  readonly series: Series
}

function singles(panel: Panel, all: readonly Series[]): Single[] {
  const calculation = calculationOf(panel)
  return all.map((series) => {
    const value = reduce(series.values, calculation)
    const { config } = series
    const fixed = config.color?.mode === 'fixed' ? seriesColor(0, config) : undefined
    const color = fixed ?? thresholdColor(value, config)
    return {
      name: series.config.displayName ?? series.name,
      value,
      text: shownValue(value, config),
      color,
      config,
      series,
    }
  })
}

/** Large numbers, each with a line of its course where the panel asks for one. */
export function drawStat(box: HTMLElement, panel: Panel, all: readonly Series[]): void {
  const values = singles(panel, all)
  const course = (panel.options as { graphMode?: string } | undefined)?.graphMode === 'area'
  const tiles = values.map(({ name, text, color, series }) =>
    element(
      'div',
      { class: 'tile', style: color && `color:${color}` },
      course && series.values.length > 2 && spark(series.values),
      element('b', {}, text),
      values.length > 1 && element('span', {}, name),
    ),
  )
  box.append(element('div', { class: 'tiles' }, ...tiles))
}

function spark(values: readonly (number | null)[]): SVGElement {
  const there = values.map((value) => value ?? 0)
  const low = Math.min(...there)
  const size = Math.max(...there) - low || 1
  const points = there.map((value, n) => `${(n / (there.length - 1)) * 100},${30 - ((value - low) / size) * 28}`)
  return svg(
    'svg',
    { viewBox: '0 0 100 30', preserveAspectRatio: 'none', class: 'spark' },
    svg('polyline', { points: points.join(' '), fill: 'none', stroke: 'currentColor', 'stroke-width': 1.2 }),
  )
}

/** Half a circle for each value, from the field's least to its greatest. */
export function drawGauge(box: HTMLElement, panel: Panel, all: readonly Series[]): void {
  const values = singles(panel, all)
  const gauges = values.map(({ name, text, value, color = seriesColor(0), config }) => {
    const arc = (part: number, stroke: string) => {
      const [x, y] = [50 - 40 * Math.cos(part * Math.PI), 50 - 40 * Math.sin(part * Math.PI)]
      return svg('path', { d: `M10,50 A40,40 0 0 1 ${x},${y}`, fill: 'none', stroke, 'stroke-width': 12 })
    }
    const label = svg('text', { x: 50, y: 48, 'text-anchor': 'middle', fill: color, 'font-size': 15 }, text)
    const picture = svg(
      'svg',
      { viewBox: '0 0 100 56' },
      arc(1, 'rgba(128,128,128,.2)'),
      arc(filled(value, config), color),
      label,
    )
    return element('div', { class: 'gauge' }, picture, values.length > 1 && element('span', {}, name))
  })
  box.append(element('div', { class: 'gauges' }, ...gauges))
}

/** A bar for each value. */
export function drawBarGauge(box: HTMLElement, panel: Panel, all: readonly Series[]): void {
  const values = singles(panel, all)
  const greatest = Math.max(...values.map(({ value }) => value ?? 0), 0) || 1
  const bars = values.map(({ name, text, value, color = seriesColor(0), config }) => {
    const part = config.max === undefined || config.max === null ? (value ?? 0) / greatest : filled(value, config)
    const bar = element('i', { style: `width:${Math.max(part * 100, 0.5)}%;background:${color}` })
    return element(
      'div',
      { class: 'bar' },
      element('span', { title: name }, name),
      element('div', {}, bar),
      element('b', {}, text),
    )
  })
  box.append(element('div', { class: 'bars' }, ...bars))
}

function filled(value: number | null, { min, max, unit }: FieldConfig): number {
  const least = min ?? 0
  const greatest = max ?? (unit === 'percentunit' ? 1 : 100)
  return Math.min(Math.max(((value ?? least) - least) / (greatest - least || 1), 0), 1)
}

/** A pie with its parts named beside it. */
export function drawPie(box: HTMLElement, panel: Panel, all: readonly Series[]): void {
  const parts = singles(panel, all).filter(({ value }) => (value ?? 0) > 0)
  const total = parts.reduce((sum, { value }) => sum + (value ?? 0), 0) || 1
  let turned = 0
  const slices = parts.map(({ value, name, text }, n) => {
    const from = turned
    turned += (value ?? 0) / total
    const title = svg('title', {}, `${name}: ${text}`)
    const [fill, whole] = [seriesColor(n, parts[n]?.config), parts.length === 1]
    if (whole) return svg('circle', { r: 48, fill }, title)
    return svg('path', { d: slice(from, turned), fill }, title)
  })
  const entries = parts.map(({ name, value, text }, n) =>
    element(
      'div',
      { class: 'entry', title: name },
      element('i', { style: `background:${seriesColor(n, parts[n]?.config)}` }),
      element('span', {}, name),
      element('span', { class: 'value' }, `${text} (${Math.round(((value ?? 0) / total) * 100)}%)`),
    ),
  )
  const picture = svg('svg', { viewBox: '-50 -50 100 100' }, ...slices)
  box.append(element('div', { class: 'pie' }, picture, element('div', { class: 'legend' }, ...entries)))
}

function slice(from: number, to: number): string {
  const at = (part: number) => {
    const angle = part * 2 * Math.PI - Math.PI / 2
    return `${(48 * Math.cos(angle)).toFixed(3)},${(48 * Math.sin(angle)).toFixed(3)}`
  }
  return `M0,0 L${at(from)} A48,48 0 ${to - from > 0.5 ? 1 : 0} 1 ${at(to)} Z`
}
