import { formatDuration, styleText } from '@platform/core'
import type { DrillDocument } from '@platform/core/documents'
import type { JunitSuite } from '@platform/core/junit'
import { textTable } from '../cli/text-table.ts'

type Drilled = Pick<DrillDocument, 'drills' | 'checksWithoutDrill' | 'problems'>

/** Formats a table of drills, the failed and skipped drills below it, and the counts. */
export function formatDrills({ drills, checksWithoutDrill, problems }: Drilled, color: boolean): string {
  const mark = { passed: styleText('green', '✓', color), failed: styleText('red', '✗', color), skipped: '-' }
  const seconds = (ms: number | undefined) => (ms === undefined ? '' : formatDuration(ms))
  const rows = drills.map(({ component, id, kind, outcome, caughtBy, detectedMs, recoveredMs }) => [
    `${mark[outcome]} ${component}`,
    id,
    kind === 'restart' ? 'survived' : (caughtBy ?? ''),
    seconds(detectedMs),
    seconds(recoveredMs),
  ])
  const table = rows.length
    ? textTable([['  component', 'drill', 'caught by', 'detected after', 'recovered after'], ...rows])
    : []
  const notPassed = drills.filter(({ outcome }) => outcome !== 'passed')
  const lines = notPassed.map(
    ({ component, id, outcome, message }) => `${outcome}: ${component} ${id}: ${message ?? ''}`,
  )
  lines.push(...checksWithoutDrill.map(({ component, check }) => `failed: ${component}: no mutation catches ${check}`))
  lines.push(...problems.map(({ component, message }) => `failed: ${component}: ${message}`))
  const faults = drills.filter(({ kind }) => kind === 'fault')
  const passedFaults = faults.filter(({ outcome }) => outcome === 'passed')
  if (faults.length)
    lines.push(`faults: ${passedFaults.length} of ${faults.length} fired and resolved the expected alert`)
  const count = (outcome: string) => drills.filter((each) => each.outcome === outcome).length
  const skipped = count('skipped')
  const failed = count('failed') + checksWithoutDrill.length + problems.length
  const sum = `${count('passed')} drills passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`
  return [...table, ...lines, sum, ''].join('\n')
}

/** A JUnit suite for each component, with a case for each drill and each check that no mutation covers. */
export function drillSuites({ drills, checksWithoutDrill, problems }: Drilled): JunitSuite[] {
  const components = new Set([...drills, ...checksWithoutDrill, ...problems].map(({ component }) => component))
  return [...components].map((name) => ({
    name: `drill ${name}`,
    cases: [
      ...drills
        .filter(({ component }) => component === name)
        .map(({ id, name: title, ms, outcome, message }) => ({ name: `${id}: ${title}`, ms, outcome, message })),
      ...checksWithoutDrill
        .filter(({ component }) => component === name)
        .map(({ check }) => ({
          name: `${check} can fail`,
          outcome: 'failed' as const,
          message: `no mutation catches ${check}`,
        })),
      ...problems
        .filter(({ component }) => component === name)
        .map(({ message }) => ({ name: 'drill', outcome: 'error' as const, message })),
    ],
  }))
}
