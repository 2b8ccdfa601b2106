import { formatDuration, styleText } from '@platform/core'
import type { DrillDocument, RunDocument, SmokeDocument, VerifyDocument } from '@platform/core/documents'
import type { JunitSuite } from '@platform/core/junit'
import { textTable } from '../cli/text-table.ts'

export type SmokeStep = SmokeDocument['steps'][number]

/** One step of smoke: a script with its words, and what makes it pointless. */
export interface PlannedSmoke {
  readonly name: string
  /** The script and its words: `up all`. */
  readonly args: readonly string[]
  /** An overlay that is added to those of VALUES. */
  readonly overlay?: string
  /** It gets `--within`: what is left of the time. */
  readonly timed?: true
  /** Words with the file or folder that an earlier step leaves; `none` where it did not. */
  readonly artifacts?: Readonly<Record<string, string>>
  /** Steps that must have gone well. */
  readonly requires: readonly string[]
  /** What the document must say beside exit code 0; returns what is wrong. */
  readonly validate?: false | ((document: unknown) => string | undefined)
}

/** Makes damage show within seconds. */
const drillOverlay = 'drill'

/**
 * What smoke does, in order; `down` comes in any case.
 *
 * @param drills the components whose drills are run
 */
export function smokeSteps(
  disrupt: string | undefined,
  report = 'smoke-report',
  drills: readonly string[] = ['all'],
): PlannedSmoke[] {
  // On somebody's cluster there may be what can't be asked; on one that smoke made everything is there.
  const own = disrupt === undefined
  const drillWords = ['drill', ...drills, ...(disrupt === undefined ? [] : ['--yes-disrupt', disrupt])]
  return [
    { name: 'up', args: ['up', 'all'], requires: [] },
    { name: 'verify', args: ['verify', 'all'], requires: ['up'], validate: own && validateAllChecksRan },
    { name: 'up-for-drill', args: ['up', 'all'], overlay: drillOverlay, requires: ['up'] },
    {
      ...{ name: 'drill', args: drillWords, overlay: drillOverlay, timed: true },
      ...{ requires: ['verify', 'up-for-drill'], validate: own && validateAllDrillsRan },
    },
    { name: 'up-again', args: ['up', 'all'], overlay: drillOverlay, requires: ['up-for-drill'], validate: validateNoop },
    // Whatever went well or not: it says so, with pictures of it.
    {
      name: 'report',
      args: ['report', '--screenshots'],
      artifacts: { '--verify': `${report}/2-verify.json`, '--run': `${report}/1-up-run` },
      requires: [],
    },
    { name: 'down', args: ['down', 'all', '--purge'], requires: [] },
  ]
}

/** `up` after `up` touches nothing. */
export function validateNoop(document: unknown): string | undefined {
  const { units = [] } = (document ?? {}) as Partial<RunDocument>
  const changed = units.filter(({ outcome }) => outcome !== 'unchanged')
  if (!units.length) return 'its document names no unit'
  return changed.length
    ? `not unchanged: ${changed.map(({ name, outcome }) => `${name} (${outcome})`).join(', ')}`
    : undefined
}

/** Everything was asked that there is. */
export function validateAllChecksRan(document: unknown): string | undefined {
  const { units = [] } = (document ?? {}) as Partial<VerifyDocument>
  const checks = units.flatMap(({ name, checks: own }) => own.map((check) => ({ unit: name, ...check })))
  if (!checks.length) return 'its document names no check'
  return skippedText(
    checks.filter(({ outcome }) => outcome === 'skipped'),
    ({ unit, id, name, message }) => `${unit} ${id ?? name} (${message ?? ''})`,
  )
}

/** Everything was drilled that was to be, as far as there was time. */
export function validateAllDrillsRan(document: unknown): string | undefined {
  const { drills = [] } = (document ?? {}) as Partial<DrillDocument>
  if (!drills.length) return 'its document names no drill'
  return skippedText(
    drills.filter(({ outcome, skipReason }) => outcome === 'skipped' && !skipReason),
    ({ component, id, message }) => `${component} ${id} (${message ?? ''})`,
  )
}

/** The drills that were left out for want of time, in one line with the seed that chose the others. */
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

/** Why a step is left out; undefined: it is not. Pure. */
export function skipReasonOf(
  { name, requires: after }: PlannedSmoke,
  done: readonly SmokeStep[],
  stopped: boolean,
): string | undefined {
  const ranUp = done.some((step) => step.name === 'up' && step.outcome === 'passed')
  if (stopped && name !== 'down' && !(name === 'report' && ranUp)) return 'interrupted'
  const bad = after.find((each) => done.find((step) => step.name === each)?.outcome !== 'passed')
  return bad && `${bad} did not go well`
}

/** A step that has ended, judged by its exit code and its document. Pure. */
export function endedStep(
  { name, args: words, validate: judge }: PlannedSmoke,
  { exitCode, ms, stdout }: { readonly exitCode: number; readonly ms: number; readonly stdout: string },
): SmokeStep {
  const head = {
    name,
    command: `pnpm ${words[0] === 'up' ? 'run up' : words[0]} ${words.slice(1).join(' ')}`,
    exitCode,
    ms,
  }
  let document: unknown
  try {
    document = JSON.parse(stdout)
  } catch {
    return { ...head, outcome: 'failed', message: 'it printed no JSON document' }
  }
  const { error } = document as { error?: { code: string; message: string } }
  if (exitCode !== 0) {
    return { ...head, outcome: 'failed', message: error ? `${error.code}: ${error.message}` : failureText(document) }
  }
  const wrong = judge ? judge(document) : undefined
  if (wrong) return { ...head, outcome: 'failed', message: wrong }
  const { count, message } = skippedDrillsOf(document)
  return { ...head, outcome: 'passed', ...(count && { skippedDrills: count, message }) }
}

/** What a document says went wrong, whichever it is. */
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
  const said = [
    ...units.flatMap(({ name, outcome, error }) => (error ? [`${name} ${outcome}: ${error.message}`] : [])),
    ...units.flatMap(({ name, checks = [] }) =>
      checks.flatMap((check) => (check.outcome !== 'failed' ? [] : [`${name}: ${check.id ?? check.name}`])),
    ),
    ...drills.flatMap(({ component, id, outcome }) => (outcome === 'failed' ? [`${component}: ${id}`] : [])),
    ...checksWithoutDrill.map(({ component, check }) => `${component}: nothing catches ${check}`),
    ...problems.map(({ component, message }) => `${component}: ${message}`),
  ]
  return said.join('; ') || undefined
}

/** The table at the end; its last line is the count that CI adds up. */
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

/** A step that could not be taken has failed; skipped are drills for which there was no time. */
export function countSteps(steps: readonly SmokeStep[]): Pick<SmokeDocument, 'passed' | 'failed' | 'skipped'> {
  const passed = steps.filter(({ outcome }) => outcome === 'passed').length
  const skipped = steps.reduce((sum, { skippedDrills: count = 0 }) => sum + count, 0)
  return { passed, failed: steps.length - passed, skipped }
}
