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

/** A PromQL expression and its legend, such as `{{namespace}}`. */
export interface Query {
  readonly expr: string
  readonly legend?: string
  /** For tables: the heading of this query's column, and its unit if it is not the panel's. */
  readonly column?: string
  readonly unit?: string
}

/** The color from this value on. */
export interface Threshold {
  readonly from: number
  readonly color: 'green' | 'yellow' | 'orange' | 'red' | 'blue'
}

export interface PanelOptions {
  readonly title: string
  /** What the panel shows and where its data comes from. Grafana shows it at the (i) icon. */
  readonly description: string
  /** A unit of Grafana: `bytes`, `percentunit`, `short`, … */
  readonly unit: string
  readonly queries: readonly Query[]
  readonly thresholds?: readonly Threshold[]
  readonly decimals?: number
  readonly min?: number
  readonly max?: number
  /** Grid columns, of 24. */
  readonly width?: number
  readonly height?: number
  /** Stacks the series. */
  readonly stack?: boolean
  readonly mappings?: readonly ValueMapping[]
}

/** The builder of one panel. */
export type PanelBuilder = Builder<Panel>

/** A time series panel. */
export function graph(options: PanelOptions): PanelBuilder {
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

/** A stat panel: one number. */
export function stat(options: PanelOptions): PanelBuilder {
  const panel = new StatPanel()
    .reduceOptions(lastValue())
    .graphMode(BigValueGraphMode.None)
    .colorMode(BigValueColorMode.Value)
  return withCommon(panel, options, { range: false, width: 4, height: 4 })
}

/** A gauge panel: one number on a dial from `min` to `max`. */
export function gauge(options: PanelOptions): PanelBuilder {
  return withCommon(new GaugePanel().reduceOptions(lastValue()), options, { range: false, width: 4, height: 4 })
}

/** A bar gauge panel: one bar for each series. */
export function bars(options: PanelOptions): PanelBuilder {
  const panel = new BarGaugePanel()
    .reduceOptions(lastValue())
    .orientation(VizOrientation.Horizontal)
    .displayMode(BarGaugeDisplayMode.Gradient)
  return withCommon(panel, options, { range: false, width: 12, height: 8 })
}

/** A pie chart panel, which needs no plugin. */
export function pie(options: PanelOptions): PanelBuilder {
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
  /** Labels whose columns are hidden. */
  readonly hide?: readonly string[]
  /** The heading of the column to sort by, largest value first. */
  readonly sortBy?: string
}

/** A table panel: a row for each series, a column for each label and query. Queries are joined by their labels. */
export function table(options: TableOptions): PanelBuilder {
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

/** The letter of a query in its panel: A, B, … */
function refId(n: number): string {
  return String.fromCharCode(65 + n)
}

function lastValue(): ReduceDataOptionsBuilder {
  return new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false)
}

/** The methods that all panel builders have; the SDK has no common type for them. */
interface CommonBuilder extends PanelBuilder {
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
  // Grafana requires a first step without a value, for all values below the others.
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
 * The rate interval of instant queries, which have no step. cAdvisor collects at its own interval with its own timestamps:
 * on a busy node four scrapes may contain only one new sample, and a rate needs two.
 */
const instantRateInterval = '2m'

function target({ expr, legend }: Query, n: number, { range, format }: Defaults): DataqueryBuilder {
  const query = new DataqueryBuilder()
    .refId(refId(n))
    .datasource(datasource)
    .expr(range ? expr : expr.replaceAll('[$__rate_interval]', `[${instantRateInterval}]`))
    .legendFormat(legend ?? '__auto')
    .format(format ?? PromQueryFormat.TimeSeries)
  return range ? query.range() : query.instant()
}
