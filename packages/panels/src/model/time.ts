import type { View } from './interpolate.ts'

const units: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
  M: 2_592_000,
  y: 31_536_000,
}

/** `15s`, `5m`, `1h` in seconds; undefined for what is none. */
export function seconds(duration: string): number | undefined {
  const match = /^(\d+)(ms|[smhdwMy])$/.exec(duration.trim())
  if (!match) return undefined
  const size = match[2] === 'ms' ? 0.001 : (units[match[2] ?? ''] ?? 1)
  return Number(match[1]) * size
}

/** Grafana's `now-1h`, `now`, or milliseconds since 1970, in seconds since 1970. */
export function moment(text: string, now: number): number {
  const match = /^now(?:-(\w+?))?(?:\/\w)?$/.exec(text.trim())
  if (match) return now - (match[1] ? (seconds(match[1]) ?? 0) : 0)
  const number = Number(text)
  return Number.isFinite(number) && text.trim() ? number / 1000 : now - 3600
}

const niceSteps = [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 21_600, 43_200, 86_400]

/** A view of a time range with about as many points as asked for, at nice distances, never closer than the scrapes. */
export function viewOf(from: number, to: number, { points = 300, scrapeInterval = 15 } = {}): View {
  const least = Math.max((to - from) / points, scrapeInterval)
  const step = niceSteps.find((nice) => nice >= least) ?? 86_400
  return { from, to, step, scrapeInterval }
}
