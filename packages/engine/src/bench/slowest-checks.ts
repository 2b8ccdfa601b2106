import type { VerifyDocument } from '@platform/core/documents'

/** The duration of a check of `verify`. */
export interface TimedCheck {
  readonly unit: string
  readonly name: string
  readonly seconds: number
}

/** The slowest checks, the slowest first. Pure. */
export function slowestChecks({ units }: Pick<VerifyDocument, 'units'>, count = 10): TimedCheck[] {
  const all = units.flatMap(({ name: unit, checks }) =>
    checks.map(({ id, name, ms }) => ({ unit, name: id ?? name, seconds: ms / 1000 })),
  )
  return all.sort((a, b) => b.seconds - a.seconds).slice(0, count)
}

/** Formats one line per check. */
export function formatChecks(checks: readonly TimedCheck[]): string {
  return checks
    .map(({ unit, name, seconds }) => `  ${`${seconds.toFixed(1)} s`.padStart(7)}  ${unit}: ${name}`)
    .join('\n')
}
