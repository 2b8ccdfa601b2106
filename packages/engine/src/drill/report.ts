import { formatDuration, styleText } from '@platform/core'
import type { DrillDocument } from '@platform/core/documents'
import type { JunitSuite } from '@platform/core/junit'
import { textTable } from '../cli/text-table.ts'

type Drilled = Pick<DrillDocument, 'drills' | 'checksWithoutDrill' | 'problems'>

/** What was broken and how it was seen, a line each, with what went wrong below it. */
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
    ? textTable([['  component', 'drill', 'caught by', 'seen after', 'mended after'], ...rows])
    : []
  const bad = drills.filter(({ outcome }) => outcome !== 'passed')
  const lines = bad.map(({ component, id, outcome, message }) => `${outcome}: ${component} ${id}: ${message ?? ''}`)
  lines.push(...checksWithoutDrill.map(({ component, check }) => `failed: ${component}: no mutation catches ${check}`))
  lines.push(...problems.map(({ component, message }) => `failed: ${component}: ${message}`))
  const faults = drills.filter(({ kind }) => kind === 'fault')
  const told = faults.filter(({ outcome }) => outcome === 'passed')
  if (faults.length)
    lines.push(`faults: ${told.length} of ${faults.length} fired the alert meant for them, and it resolved`)
  const count = (outcome: string) => drills.filter((each) => each.outcome === outcome).length
  const skipped = count('skipped')
  const failed = count('failed') + checksWithoutDrill.length + problems.length
  const sum = `${count('passed')} drills passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`
  return [...table, ...lines, sum, ''].join('\n')
}

/** A suite for each component, a case for each drill and each check that nothing catches. */
export function drillSuites({ drills, checksWithoutDrill, problems }: Drilled): JunitSuite[] {
  const components = new Set([...drills, ...checksWithoutDrill, ...problems].map(({ component }) => component))
  return [...components].map((name) => ({
    name: `drill ${name}`,
    cases: [
      ...drills
        .filter(({ component }) => component === name)
        .map(({ id, name: what, ms, outcome, message }) => ({ name: `${id}: ${what}`, ms, outcome, message })),
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
