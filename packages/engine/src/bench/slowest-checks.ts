import type { VerifyDocument } from '@platform/core/documents'

/** A check of `verify`, and how long it took. */
export interface TimedCheck {
  readonly unit: string
  readonly name: string
  readonly seconds: number
}

/** The checks that took longest, the longest first. Pure. */
export function slowestChecks({ units }: Pick<VerifyDocument, 'units'>, count = 10): TimedCheck[] {
  const all = units.flatMap(({ name: unit, checks }) =>
    checks.map(({ id, name, ms }) => ({ unit, name: id ?? name, seconds: ms / 1000 })),
  )
  return all.sort((a, b) => b.seconds - a.seconds).slice(0, count)
}

/** A line each, for people. */
export function formatChecks(checks: readonly TimedCheck[]): string {
  return checks
    .map(({ unit, name, seconds }) => `  ${`${seconds.toFixed(1)} s`.padStart(7)}  ${unit}: ${name}`)
    .join('\n')
}
