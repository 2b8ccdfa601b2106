import { formatDuration, styleText } from '@platform/core'
import type { DrillDocument, RunDocument, SmokeDocument, VerifyDocument } from '@platform/core/documents'
import type { JunitSuite } from '@platform/core/junit'
import { textTable } from '../cli/text-table.ts'

export type SmokeStep = SmokeDocument['steps'][number]

/** A planned step of smoke: a script with its arguments and requirements. */
export interface PlannedSmoke {
  readonly name: string
  /** The script and its arguments: `up all`. */
  readonly args: readonly string[]
  /** An overlay that is added to those of VALUES. */
  readonly overlay?: string
  /** Passes the remaining time as `--within`. */
  readonly timed?: true
  /** Options whose value is a file or folder of an earlier step, or `none` without it. */
  readonly artifacts?: Readonly<Record<string, string>>
  /** Steps that must have passed. */
  readonly requires: readonly string[]
  /** Validates the document of a step that exited with 0. Returns the problem. */
  readonly validate?: false | ((document: unknown) => string | undefined)
}

/** Has short intervals, so that checks catch mutations within seconds. */
const drillOverlay = 'drill'

/**
 * The steps of smoke, in order. `down` always runs.
 *
 * @param drills the components whose drills run
 */
export function smokeSteps(
  disrupt: string | undefined,
  report = 'smoke-report',
  drills: readonly string[] = ['all'],
): PlannedSmoke[] {
  // On smoke's own cluster every check can run. On another context some may be skipped.
  const own = disrupt === undefined
  const drillArgs = ['drill', ...drills, ...(disrupt === undefined ? [] : ['--yes-disrupt', disrupt])]
  return [
    { name: 'up', args: ['up', 'all'], requires: [] },
    { name: 'verify', args: ['verify', 'all'], requires: ['up'], validate: own && validateAllChecksRan },
    { name: 'up-for-drill', args: ['up', 'all'], overlay: drillOverlay, requires: ['up'] },
    {
      ...{ name: 'drill', args: drillArgs, overlay: drillOverlay, timed: true },
      ...{ requires: ['verify', 'up-for-drill'], validate: own && validateAllDrillsRan },
    },
    {
      name: 'up-again',
      args: ['up', 'all'],
      overlay: drillOverlay,
      requires: ['up-for-drill'],
      validate: validateNoop,
    },
    // Runs after failures too, to report them with screenshots.
    {
      name: 'report',
      args: ['report', '--screenshots'],
      artifacts: { '--verify': `${report}/2-verify.json`, '--run': `${report}/1-up-run` },
      requires: [],
    },
    { name: 'down', args: ['down', 'all', '--purge'], requires: [] },
  ]
}

/** A second `up` must not change anything. */
export function validateNoop(document: unknown): string | undefined {
  const { units = [] } = (document ?? {}) as Partial<RunDocument>
  const changed = units.filter(({ outcome }) => outcome !== 'unchanged')
  if (!units.length) return 'the document has no units'
  return changed.length
    ? `not unchanged: ${changed.map(({ name, outcome }) => `${name} (${outcome})`).join(', ')}`
    : undefined
}

/** No check may be skipped. */
export function validateAllChecksRan(document: unknown): string | undefined {
  const { units = [] } = (document ?? {}) as Partial<VerifyDocument>
  const checks = units.flatMap(({ name, checks: own }) => own.map((check) => ({ unit: name, ...check })))
  if (!checks.length) return 'the document has no checks'
  return skippedText(
    checks.filter(({ outcome }) => outcome === 'skipped'),
    ({ unit, id, name, message }) => `${unit} ${id ?? name} (${message ?? ''})`,
  )
}

/** No drill may be skipped, except for lack of time or by the sample. */
export function validateAllDrillsRan(document: unknown): string | undefined {
  const { drills = [] } = (document ?? {}) as Partial<DrillDocument>
  if (!drills.length) return 'the document has no drills'
  return skippedText(
    drills.filter(({ outcome, skipReason }) => outcome === 'skipped' && !skipReason),
    ({ component, id, message }) => `${component} ${id} (${message ?? ''})`,
  )
}

/** The drills that were skipped for lack of time, in one line with the seed. */
export function skippedDrillsOf(document: unknown): { readonly count: number; readonly message?: string } {
  const { drills = [], seed } = (document ?? {}) as Partial<DrillDocument>
  const left = drills.filter(({ skipReason }) => skipReason)
  if (!left.length) return { count: 0 }
  const names = left.map(({ component, id }) => `${component} ${id}`).join(', ')
  return { count: left.length, message: `${left.length} drills skipped, no time left (seed ${seed}): ${names}` }
}

function skippedText<T>(skipped: readonly T[], text: (each: T) => string): string | undefined {
  return skipped.length ? `skipped: ${skipped.map(text).join('; ')}` : undefined
}

/** Why a step is skipped; undefined if it runs. Pure. */
export function skipReasonOf(
  { name, requires }: PlannedSmoke,
  done: readonly SmokeStep[],
  stopped: boolean,
): string | undefined {
  const ranUp = done.some((step) => step.name === 'up' && step.outcome === 'passed')
  if (stopped && name !== 'down' && !(name === 'report' && ranUp)) return 'interrupted'
  const unmet = requires.find((each) => done.find((step) => step.name === each)?.outcome !== 'passed')
  return unmet && `the step ${unmet} did not pass`
}

/** The result of a step, from its exit code and its document. Pure. */
export function endedStep(
  { name, args, validate }: PlannedSmoke,
  { exitCode, ms, stdout }: { readonly exitCode: number; readonly ms: number; readonly stdout: string },
): SmokeStep {
  const head = {
    name,
    command: `pnpm ${args[0] === 'up' ? 'run up' : args[0]} ${args.slice(1).join(' ')}`,
    exitCode,
    ms,
  }
  let document: unknown
  try {
    document = JSON.parse(stdout)
  } catch {
    return { ...head, outcome: 'failed', message: 'the command printed no JSON document' }
  }
  const { error } = document as { error?: { code: string; message: string } }
  if (exitCode !== 0) {
    return { ...head, outcome: 'failed', message: error ? `${error.code}: ${error.message}` : failureText(document) }
  }
  const problem = validate ? validate(document) : undefined
  if (problem) return { ...head, outcome: 'failed', message: problem }
  const { count, message } = skippedDrillsOf(document)
  return { ...head, outcome: 'passed', ...(count && { skippedDrills: count, message }) }
}

/** The failures in a document of any verb. */
function failureText(document: unknown): string | undefined {
  const {
    units = [],
    drills = [],
    checksWithoutDrill = [],
    problems = [],
  } = document as {
    units?: readonly {
      name: string
      outcome: string
      error?: { message: string }
      checks?: readonly { id?: string; name: string; outcome: string }[]
    }[]
    drills?: readonly { component: string; id: string; outcome: string }[]
    checksWithoutDrill?: readonly { component: string; check: string }[]
    problems?: readonly { component: string; message: string }[]
  }
  const failures = [
    ...units.flatMap(({ name, outcome, error }) => (error ? [`${name} ${outcome}: ${error.message}`] : [])),
    ...units.flatMap(({ name, checks = [] }) =>
      checks.flatMap((check) => (check.outcome !== 'failed' ? [] : [`${name}: ${check.id ?? check.name}`])),
    ),
    ...drills.flatMap(({ component, id, outcome }) => (outcome === 'failed' ? [`${component}: ${id}`] : [])),
    ...checksWithoutDrill.map(({ component, check }) => `${component}: no mutation catches ${check}`),
    ...problems.map(({ component, message }) => `${component}: ${message}`),
  ]
  return failures.join('; ') || undefined
}

/** Formats the table of steps. CI sums up the counts of the last line. */
export function formatSmoke(
  { steps, passed, failed, skipped }: Pick<SmokeDocument, 'steps' | 'passed' | 'failed' | 'skipped'>,
  color: boolean,
): string {
  const mark = {
    passed: styleText('green', '✓', color),
    failed: styleText('red', '✗', color),
    skipped: styleText('yellow', '-', color),
  }
  const rows = steps.map(({ name, outcome, ms, message = '' }) => [
    `${mark[outcome]} ${name}`,
    outcome,
    formatDuration(ms),
    message.split('\n')[0]?.slice(0, 200) ?? '',
  ])
  const left = steps.flatMap(({ skippedDrills: count, message = '' }) => (count ? [message] : []))
  const count = `${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`
  return [...textTable([['  step', 'outcome', 'took', ''], ...rows]), ...left, count, ''].join('\n')
}

export function smokeSuite(steps: readonly SmokeStep[]): JunitSuite {
  return { name: 'smoke', cases: steps }
}

/** Counts the steps. A skipped step has failed; `skipped` counts drills that had no time. */
export function countSteps(steps: readonly SmokeStep[]): Pick<SmokeDocument, 'passed' | 'failed' | 'skipped'> {
  const passed = steps.filter(({ outcome }) => outcome === 'passed').length
  const skipped = steps.reduce((sum, { skippedDrills: count = 0 }) => sum + count, 0)
  return { passed, failed: steps.length - passed, skipped }
}
