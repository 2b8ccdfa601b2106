import { PanelBuilder as BarGaugePanel } from '@grafana/grafana-foundation-sdk/bargauge'
import type { Builder } from '@grafana/grafana-foundation-sdk/cog'
import {
  BarGaugeDisplayMode,
  BigValueColorMode,
  BigValueGraphMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TableSortByFieldStateBuilder,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common'
import {
  type Panel,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { PanelBuilder as GaugePanel } from '@grafana/grafana-foundation-sdk/gauge'
import {
  PieChartLegendOptionsBuilder,
  PieChartLegendValues,
  PieChartType,
  PanelBuilder as PiePanel,
} from '@grafana/grafana-foundation-sdk/piechart'
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus'
import { PanelBuilder as StatPanel } from '@grafana/grafana-foundation-sdk/stat'
import { PanelBuilder as TablePanel } from '@grafana/grafana-foundation-sdk/table'
import { PanelBuilder as GraphPanel } from '@grafana/grafana-foundation-sdk/timeseries'
import { datasource } from './variables.ts'

/** PromQL and what its series are called: `{{namespace}}`. */
export interface Query {
  readonly expr: string
  readonly legend?: string
  /** Of a table: the heading above this query's values, and their unit where it is not the panel's. */
  readonly column?: string
  readonly unit?: string
}

/** From this value on, this colour. */
export interface Threshold {
  readonly from: number
  readonly color: 'green' | 'yellow' | 'orange' | 'red' | 'blue'
}

export interface PanelOptions {
  readonly title: string
  /** What is seen, and where it comes from: shown at the panel's (i). */
  readonly description: string
  /** Of Grafana: `bytes`, `percentunit`, `short`, … */
  readonly unit: string
  readonly queries: readonly Query[]
  readonly thresholds?: readonly Threshold[]
  readonly decimals?: number
  readonly min?: number
  readonly max?: number
  /** Of the 24 columns. */
  readonly width?: number
  readonly height?: number
  /** Series one upon the other. */
  readonly stack?: boolean
  readonly mappings?: readonly ValueMapping[]
}

/** A panel to be laid out. */
export type Piece = Builder<Panel>

/** Lines over time. */
export function graph(options: PanelOptions): Piece {
  const panel = new GraphPanel()
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Bottom)
        .showLegend(true)
        .calcs(['lastNotNull', 'max']),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .lineWidth(1)
    .fillOpacity(options.stack ? 30 : 8)
    .showPoints(VisibilityMode.Never)
  if (options.stack) panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'))
  return withCommon(panel, options, { range: true, width: 12, height: 8 })
}

/** One number, with a small graph behind it. */
export function stat(options: PanelOptions): Piece {
  const panel = new StatPanel()
    .reduceOptions(lastValue())
    .graphMode(BigValueGraphMode.None)
    .colorMode(BigValueColorMode.Value)
  return withCommon(panel, options, { range: false, width: 4, height: 4 })
}

/** A number on a dial from `min` to `max`. */
export function gauge(options: PanelOptions): Piece {
  return withCommon(new GaugePanel().reduceOptions(lastValue()), options, { range: false, width: 4, height: 4 })
}

/** One bar for each series. */
export function bars(options: PanelOptions): Piece {
  const panel = new BarGaugePanel()
    .reduceOptions(lastValue())
    .orientation(VizOrientation.Horizontal)
    .displayMode(BarGaugeDisplayMode.Gradient)
  return withCommon(panel, options, { range: false, width: 12, height: 8 })
}

/** How a whole is shared: Grafana's own pie chart, no plugin. */
export function pie(options: PanelOptions): Piece {
  const panel = new PiePanel()
    .pieType(PieChartType.Donut)
    .reduceOptions(lastValue())
    .legend(
      new PieChartLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Right)
        .showLegend(true)
        .values([PieChartLegendValues.Value, PieChartLegendValues.Percent]),
    )
  return withCommon(panel, options, { range: false, width: 12, height: 8 })
}

export interface TableOptions extends PanelOptions {
  /** The labels that say nothing here. */
  readonly hide?: readonly string[]
  /** The heading of the column whose largest value comes first. */
  readonly sortBy?: string
}

/** Series as rows, their labels as columns; several queries are joined by their labels, a column for each. */
export function table(options: TableOptions): Piece {
  const { queries, hide = [], sortBy } = options
  const excludeByName = Object.fromEntries(['Time', ...hide].map((name) => [name, true]))
  const renameByName = Object.fromEntries(
    queries.flatMap(({ column }, n) => (column ? [[queries.length > 1 ? `Value #${refId(n)}` : 'Value', column]] : [])),
  )
  const panel = new TablePanel()
  if (queries.length > 1) panel.withTransformation({ id: 'merge', options: {} })
  panel.withTransformation({ id: 'organize', options: { excludeByName, renameByName } })
  if (sortBy) panel.sortBy([new TableSortByFieldStateBuilder().displayName(sortBy).desc(true)])
  for (const { column, unit } of queries)
    if (column && unit) panel.overrideByName(column, [{ id: 'unit', value: unit }])
  return withCommon(panel, options, { range: false, width: 24, height: 8, format: PromQueryFormat.Table })
}

/** The letter of a panel's query. */
function refId(n: number): string {
  return String.fromCharCode(65 + n)
}

function lastValue(): ReduceDataOptionsBuilder {
  return new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false)
}

/** What every kind of panel has alike; their builders share it without a type of their own. */
interface CommonBuilder extends Piece {
  title(value: string): this
  description(value: string): this
  datasource(value: typeof datasource): this
  unit(value: string): this
  span(value: number): this
  height(value: number): this
  decimals(value: number): this
  min(value: number): this
  max(value: number): this
  mappings(value: ValueMapping[]): this
  thresholds(value: ThresholdsConfigBuilder): this
  withTarget(value: DataqueryBuilder): this
}

interface Defaults {
  readonly range: boolean
  readonly width: number
  readonly height: number
  readonly format?: PromQueryFormat
}

function withCommon<T extends CommonBuilder>(panel: T, options: PanelOptions, defaults: Defaults): T {
  const { thresholds = [], queries, decimals, min, max, mappings } = options
  panel
    .title(options.title)
    .description(options.description)
    .datasource(datasource)
    .unit(options.unit)
    .span(options.width ?? defaults.width)
    .height(options.height ?? defaults.height)
  if (decimals !== undefined) panel.decimals(decimals)
  if (min !== undefined) panel.min(min)
  if (max !== undefined) panel.max(max)
  if (mappings) panel.mappings([...mappings])
  // The first step has no value: it is what lies below all others.
  const steps = thresholds.map(({ from, color }) => ({ value: from, color }))
  panel.thresholds(
    new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([{ value: null, color: 'green' }, ...steps]),
  )
  queries.forEach((query, n) => {
    panel.withTarget(target(query, n, defaults))
  })
  return panel
}

/**
 * Over how long a single number's rates go. There is no step to go by, as graphs have; and cAdvisor collects at its own
 * pace, with times of its own: on a busy node four scrapes may hold one of its samples, and a rate needs two.
 */
const rateOfNow = '2m'

function target({ expr, legend }: Query, n: number, { range, format }: Defaults): DataqueryBuilder {
  const query = new DataqueryBuilder()
    .refId(refId(n))
    .datasource(datasource)
    .expr(range ? expr : expr.replaceAll('[$__rate_interval]', `[${rateOfNow}]`))
    .legendFormat(legend ?? '__auto')
    .format(format ?? PromQueryFormat.TimeSeries)
  return range ? query.range() : query.instant()
}
