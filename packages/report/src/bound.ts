import type { Panel, QueryAnswer, RawSeries } from '@platform/panels'

/** What of a panel's answers is kept in the report: a file that a browser opens at once. */
export interface Bounds {
  /** Points of one series. */
  readonly points: number
  /** Series of one panel's graphs. */
  readonly series: number
  /** Rows of a table, and other single values of one panel. */
  readonly singles: number
}

export const bounds: Bounds = { points: 120, series: 40, singles: 300 }

/**
 * Answers cut to what is drawn, their numbers rounded to five places: a pixel shows no more. How many series were left
 * out is in `more`. Pure.
 */
export function boundAnswers(
  panel: Panel,
  answers: readonly QueryAnswer[],
  { points, series, singles }: Bounds = bounds,
): QueryAnswer[] {
  let left = panel.type === 'timeseries' ? series : singles
  return answers.map((answer) => {
    const kept = answer.result.slice(0, left)
    left -= kept.length
    const more = answer.result.length - kept.length
    return { ...answer, result: kept.map((each) => boundSeries(each, points)), ...(more > 0 && { more }) }
  })
}

function boundSeries({ metric, values, value }: RawSeries, points: number): RawSeries {
  if (!values) return { metric, ...(value && { value: rounded(value) }) }
  // The newest point is what a stat shows: counted from the end.
  const every = Math.ceil(values.length / points)
  const kept = values.filter((_, n) => (values.length - 1 - n) % every === 0)
  return { metric, values: kept.map(rounded) }
}

function rounded([time, text]: readonly [number, string]): readonly [number, string] {
  const number = Number(text)
  return [time, Number.isFinite(number) && text.length > 6 ? String(Number(number.toPrecision(5))) : text]
}
