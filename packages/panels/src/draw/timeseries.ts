import uPlot from 'uplot'
import type { Panel } from '../model/dashboard.ts'
import { type QueryAnswer, reduce, type Series } from '../model/series.ts'
import { formatValue } from '../model/units.ts'
import { seriesColor } from './colors.ts'
import { element } from './element.ts'
import { onThemeChange } from './theme.ts'

const most = 40

/** Distances of a bytes axis: so that it reads 256 MiB, not 238. */
const binarySteps = Array.from({ length: 60 }, (_, n) => 2 ** n)

/** A graph over time, with a legend that shows the last value and, below the pointer, the value there. */
export function drawTimeseries(
  box: HTMLElement,
  panel: Panel,
  all: readonly Series[],
  answers: readonly QueryAnswer[] = [],
): void {
  const left = answers.reduce((sum, { more = 0 }) => sum + more, 0)
  const series = all.slice(0, most)
  const times = [...new Set(series.flatMap((each) => each.times))].sort((a, b) => a - b)
  const lines = series.map((each) => aligned(each, times))
  const stacked = panel.fieldConfig?.defaults?.custom?.stacking as { mode?: string } | undefined
  const stack = Boolean(stacked?.mode && stacked.mode !== 'none')
  const drawn = stack ? sums(lines) : lines
  const config = panel.fieldConfig?.defaults ?? {}
  const ink = () => getComputedStyle(box).color
  const graph = element('div', { class: 'graph' })
  const legend = element('div', { class: 'legend' })
  box.append(graph, legend)
  const values = legendRows(legend, series, lines)
  const hidden = left + Math.max(0, all.length - most)
  if (hidden) legend.append(element('div', { class: 'more' }, `and ${hidden} more`))
  const size = () => ({
    width: Math.max(graph.clientWidth, 100),
    height: Math.max(box.clientHeight - legend.offsetHeight - 2, 60),
  })
  const filling = Number(config.custom?.fillOpacity ?? 0) / 100
  const options: uPlot.Options = {
    ...size(),
    legend: { show: false },
    cursor: { points: { size: 5 }, drag: { x: false, y: false } },
    scales: { x: { time: true }, y: { range: (_, low, high) => rangeOf(low, high, config.min, config.max) } },
    axes: [
      {
        stroke: ink,
        grid: { stroke: 'rgba(128,128,128,.18)' },
        ticks: { show: false },
        size: 24,
        space: 70,
        values: (_, ticks) => clock(ticks),
      },
      {
        stroke: ink,
        grid: { stroke: 'rgba(128,128,128,.18)' },
        ticks: { show: false },
        size: 72,
        incrs: /bytes|binBps/.test(config.unit ?? '') ? binarySteps : undefined,
        values: (_, ticks) => ticks.map((tick) => formatValue(tick, config.unit)),
      },
    ],
    series: [
      {},
      ...series.map((each, n) => ({
        label: each.name,
        stroke: seriesColor(n, each.config),
        fill: stack || filling ? withOpacity(seriesColor(n, each.config), stack ? 0.35 : filling) : undefined,
        width: 1.5,
        points: { show: times.length < 3 },
        spanGaps: false,
      })),
    ],
    bands: stack ? drawn.slice(1).map((_, n) => ({ series: [n + 2, n + 1] as [number, number] })) : [],
    hooks: {
      setCursor: [
        (plot) => {
          const at = plot.cursor.idx
          for (const [n, line] of lines.entries())
            values[n]?.(at === null || at === undefined ? undefined : (line[at] ?? null))
        },
      ],
    },
  }
  const plot = new uPlot(options, [times, ...drawn] as uPlot.AlignedData, graph)
  new ResizeObserver(() => {
    const { width, height } = size()
    if (graph.clientWidth && (plot.width !== width || plot.height !== height)) plot.setSize({ width, height })
  }).observe(box)
  onThemeChange(() => plot.redraw(false))
}

/** Rows of the legend; each can be told the value below the pointer, or undefined for the last one. */
function legendRows(legend: HTMLElement, series: readonly Series[], lines: readonly (readonly (number | null)[])[]) {
  return series.map((each, n) => {
    const show = (value: number | null) => formatValue(value, each.config.unit, each.config.decimals)
    const last = reduce(lines[n] ?? [])
    const value = element('span', { class: 'value' }, show(last))
    const swatch = element('i', { style: `background:${seriesColor(n, each.config)}` })
    legend.append(element('div', { class: 'entry', title: each.name }, swatch, element('span', {}, each.name), value))
    return (at: number | null | undefined) => {
      value.textContent = show(at === undefined ? last : at)
    }
  })
}

function aligned({ times, values }: Series, all: readonly number[]): (number | null)[] {
  const at = new Map(times.map((time, n) => [time, values[n] ?? null]))
  return all.map((time) => at.get(time) ?? null)
}

/** Each line on top of those before it. One that has no value at a time adds nothing there; with none at all there is a gap. */
function sums(lines: readonly (readonly (number | null)[])[]): (number | null)[][] {
  const below: number[] = []
  const there = (lines[0] ?? []).map((_, n) => lines.some((line) => line[n] !== null))
  return lines.map((line) =>
    line.map((value, n) => {
      below[n] = (below[n] ?? 0) + (value ?? 0)
      return there[n] ? (below[n] ?? 0) : null
    }),
  )
}

function rangeOf(low: number | null, high: number | null, min?: number | null, max?: number | null): [number, number] {
  const least = min ?? Math.min(0, low ?? 0)
  const greatest = max ?? (high === null || high === least ? least + 1 : high + (high - least) * 0.08)
  return [least, Math.max(greatest, least + Number.EPSILON)]
}

function withOpacity(color: string, opacity: number): string {
  const digits = Math.round(opacity * 255).toString(16)
  return /^#[0-9a-f]{6}$/i.test(color) ? `${color}${digits.padStart(2, '0')}` : color
}

/** The ticks of the time axis, in local time; with the day where they are days apart. */
function clock(ticks: readonly number[]): string[] {
  const days = (ticks.at(-1) ?? 0) - (ticks[0] ?? 0) > 86_400
  const two = (value: number) => String(value).padStart(2, '0')
  return ticks.map((tick) => {
    const time = new Date(tick * 1000)
    const hours = `${two(time.getHours())}:${two(time.getMinutes())}`
    return days ? `${two(time.getMonth() + 1)}-${two(time.getDate())} ${hours}` : hours
  })
}
