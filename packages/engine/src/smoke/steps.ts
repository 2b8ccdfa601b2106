import { formatDuration, styleText } from '@platform/core'
import type { DrillDocument, RunDocument, SmokeDocument, VerifyDocument } from '@platform/core/documents'
import type { JunitSuite } from '@platform/core/junit'
import { textTable } from '../text-table.ts'

export type SmokeStep = SmokeDocument['steps'][number]

/** One step of smoke: a script with its words, and what makes it pointless. */
export interface PlannedSmoke {
  readonly name: string
  /** The script and its words: `up all`. */
  readonly words: readonly string[]
  /** Words with the file or folder that an earlier step leaves; `none` where it did not. */
  readonly given?: Readonly<Record<string, string>>
  /** Steps that must have gone well. */
  readonly after: readonly string[]
  /** What the document must say beside exit code 0; returns what is wrong. */
  readonly judge?: false | ((document: unknown) => string | undefined)
}

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
    { name: 'up', words: ['up', 'all'], after: [] },
    { name: 'verify', words: ['verify', 'all'], after: ['up'], judge: own && judgeAsked },
    { name: 'drill', words: drillWords, after: ['up', 'verify'], judge: own && judgeDrilled },
    { name: 'up-again', words: ['up', 'all'], after: ['up'], judge: judgeNoop },
    // Whatever went well or not: it says so, with pictures of it.
    {
      name: 'report',
      words: ['report', '--screenshots'],
      given: { '--verify': `${report}/2-verify.json`, '--run': `${report}/1-up-run` },
      after: [],
    },
    { name: 'down', words: ['down', 'all', '--purge'], after: [] },
  ]
}

/** `up` after `up` touches nothing. */
export function judgeNoop(document: unknown): string | undefined {
  const { units = [] } = (document ?? {}) as Partial<RunDocument>
  const changed = units.filter(({ outcome }) => outcome !== 'unchanged')
  if (!units.length) return 'its document names no unit'
  return changed.length
    ? `not unchanged: ${changed.map(({ name, outcome }) => `${name} (${outcome})`).join(', ')}`
    : undefined
}

/** Everything was asked that there is. */
export function judgeAsked(document: unknown): string | undefined {
  const { units = [] } = (document ?? {}) as Partial<VerifyDocument>
  const checks = units.flatMap(({ name, checks: own }) => own.map((check) => ({ unit: name, ...check })))
  if (!checks.length) return 'its document names no check'
  return skippedText(
    checks.filter(({ skipped }) => skipped),
    ({ unit, id, name, message }) => `${unit} ${id ?? name} (${message ?? ''})`,
  )
}

/** Everything was drilled that was to be. */
export function judgeDrilled(document: unknown): string | undefined {
  const { drills = [] } = (document ?? {}) as Partial<DrillDocument>
  if (!drills.length) return 'its document names no drill'
  return skippedText(
    drills.filter(({ outcome }) => outcome === 'skipped'),
    ({ component, id, message }) => `${component} ${id} (${message ?? ''})`,
  )
}

function skippedText<T>(skipped: readonly T[], text: (each: T) => string): string | undefined {
  return skipped.length ? `skipped: ${skipped.map(text).join('; ')}` : undefined
}

/** Why a step is left out; undefined: it is not. Pure. */
export function whyNot(
  { name, after }: PlannedSmoke,
  done: readonly SmokeStep[],
  stopped: boolean,
): string | undefined {
  const ranUp = done.some((step) => step.name === 'up' && step.outcome === 'ok')
  if (stopped && name !== 'down' && !(name === 'report' && ranUp)) return 'interrupted'
  const bad = after.find((each) => done.find((step) => step.name === each)?.outcome !== 'ok')
  return bad && `${bad} did not go well`
}

/** A step that has ended, judged by its exit code and its document. Pure. */
export function endedStep(
  { name, words, judge }: PlannedSmoke,
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
    return { ...head, outcome: 'failed', message: error ? `${error.code}: ${error.message}` : failing(document) }
  }
  const wrong = judge ? judge(document) : undefined
  return wrong ? { ...head, outcome: 'failed', message: wrong } : { ...head, outcome: 'ok' }
}

/** What a document says went wrong, whichever it is. */
function failing(document: unknown): string | undefined {
  const {
    units = [],
    drills = [],
    uncaught = [],
    problems = [],
  } = document as {
    units?: readonly {
      name: string
      outcome: string
      error?: { message: string }
      checks?: readonly { id?: string; name: string; ok: boolean; skipped?: boolean }[]
    }[]
    drills?: readonly { component: string; id: string; outcome: string }[]
    uncaught?: readonly { component: string; check: string }[]
    problems?: readonly { component: string; message: string }[]
  }
  const said = [
    ...units.flatMap(({ name, outcome, error }) => (error ? [`${name} ${outcome}: ${error.message}`] : [])),
    ...units.flatMap(({ name, checks = [] }) =>
      checks.flatMap((check) => (check.ok || check.skipped ? [] : [`${name}: ${check.id ?? check.name}`])),
    ),
    ...drills.flatMap(({ component, id, outcome }) => (outcome === 'failed' ? [`${component}: ${id}`] : [])),
    ...uncaught.map(({ component, check }) => `${component}: nothing catches ${check}`),
    ...problems.map(({ component, message }) => `${component}: ${message}`),
  ]
  return said.join('; ') || undefined
}

/** The table at the end; its last line is the count that CI adds up. */
export function formatSmoke(
  { steps, passed, failed }: Pick<SmokeDocument, 'steps' | 'passed' | 'failed'>,
  color: boolean,
): string {
  const mark = {
    ok: styleText('green', '✓', color),
    failed: styleText('red', '✗', color),
    skipped: styleText('yellow', '-', color),
  }
  const rows = steps.map(({ name, outcome, ms, message = '' }) => [
    `${mark[outcome]} ${name}`,
    outcome,
    formatDuration(ms),
    message.split('\n')[0]?.slice(0, 200) ?? '',
  ])
  return [...textTable([['  step', 'outcome', 'took', ''], ...rows]), `${passed} passed, ${failed} failed`, ''].join(
    '\n',
  )
}

export function smokeSuite(steps: readonly SmokeStep[]): JunitSuite {
  return { name: 'smoke', cases: steps }
}

/** A step that could not be taken is none that went well. */
export function countSteps(steps: readonly SmokeStep[]): { readonly passed: number; readonly failed: number } {
  const passed = steps.filter(({ outcome }) => outcome === 'ok').length
  return { passed, failed: steps.length - passed }
}
