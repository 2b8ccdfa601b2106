import type { View } from '../model/interpolate.ts'
import { number, type QueryAnswer } from '../model/series.ts'

/** What an answer shows: something, nothing at all, something once but not now, or no number. */
export type Shown = 'data' | 'empty' | 'not now' | 'no number'

/**
 * Whether there is something to see at the end of the view: a graph that ends before now shows a metric that is gone.
 * NaN is drawn nowhere.
 */
export function shownBy({ result }: Pick<QueryAnswer, 'result'>, { to, step, scrapeInterval }: View): Shown {
  if (!result.length) return 'empty'
  const recent = to - Math.max(2 * step, 4 * scrapeInterval)
  let numbers = false
  for (const { value, values } of result) {
    const points = values ?? (value ? [value] : [])
    for (let n = points.length - 1; n >= 0; n -= 1) {
      const [at, text] = points[n] ?? [0, 'NaN']
      if (number(text) === null) continue
      if (at >= recent) return 'data'
      numbers = true
      break
    }
  }
  return numbers ? 'not now' : 'no number'
}
