import type { Outcome, PlanDocument, RunDocument, VerifyDocument } from './documents.ts'
import { formatDuration } from './format.ts'
import { shellQuote } from './runner.ts'
import { styleText } from './style.ts'
import type { CheckResult } from './unit.ts'

const marks: Readonly<Record<PlanDocument['units'][number]['steps'][number]['action'], string>> = {
  build: '+',
  create: '+',
  start: '▸',
  update: '~',
  stop: '■',
  delete: '-',
}

/** What people read of one step; a program gets all of it. */
const linesShown = 200
/** A longer line is shown by its two ends: a value that was, and the one that comes. */
const lineShown = 700

/** A plan for people: what is there, and each step with its reason and commands. What is too long to read is cut. */
export function formatPlan(
  { of, units, changes }: Pick<PlanDocument, 'of' | 'units' | 'changes'>,
  color: boolean,
): string {
  const lines = units.flatMap(({ name, state, steps }) => [
    `${styleText('bold', name, color)}: ${state}`,
    ...steps.flatMap(({ action, subject, detail, commands }) => [
      `  ${styleText(action === 'delete' ? 'red' : 'yellow', marks[action], color)} ${action} ${subject}`,
      ...(detail ? detailShown(detail, allOf(of, name)).map((line) => `      ${line}`) : []),
      ...(commands ?? []).map((command) => `      $ ${shellQuote(command)}`),
    ]),
  ])
  return [...lines, changes === 0 ? 'nothing to do' : `${changes} ${changes === 1 ? 'step' : 'steps'} to do`, ''].join(
    '\n',
  )
}

function allOf(verb: PlanDocument['of'], name: string): string {
  return verb === 'up' ? `pnpm -s plan ${name} --json` : `pnpm -s down ${name} --dry-run --json`
}

function detailShown(detail: string, all: string): string[] {
  const lines = detail.split('\n')
  const shown = lines.slice(0, linesShown).map(lineCut)
  const more = lines.length - shown.length
  if (more) return [...shown, `… ${more} more lines; all of it: ${all}`]
  return shown.some((line, i) => line !== lines[i]) ? [...shown, `all of it: ${all}`] : shown
}

function lineCut(line: string): string {
  return line.length > lineShown ? `${line.slice(0, lineShown / 2)} … ${line.slice(-lineShown / 2)}` : line
}

const outcomes: Readonly<Record<Outcome, { mark: string; style: 'green' | 'red' | 'yellow' | 'dim' }>> = {
  done: { mark: '✓', style: 'green' },
  unchanged: { mark: '=', style: 'dim' },
  failed: { mark: '✗', style: 'red' },
  missing: { mark: '✗', style: 'red' },
  interrupted: { mark: '✗', style: 'yellow' },
  skipped: { mark: '-', style: 'yellow' },
}

/** What came of `up` or `down`, a line for each unit; errors are shown as they happen, on stderr. */
export function formatRun({ units }: Pick<RunDocument, 'units'>, color: boolean): string {
  return units
    .map(({ name, outcome, ms, summary }) => {
      const { mark, style } = outcomes[outcome]
      const took = ms === undefined ? '' : ` ${styleText('dim', formatDuration(ms), color)}`
      return `${styleText(style, mark, color)} ${styleText('bold', name, color)}: ${summary}${took}\n`
    })
    .join('')
}

/** What `verify` found: a line for each check, the hint under one that failed, the sum at the end. */
export function formatVerify(
  { units, passed, failed, skipped }: Pick<VerifyDocument, 'units' | 'passed' | 'failed' | 'skipped'>,
  color: boolean,
): string {
  const lines = units.flatMap(({ name, outcome, checks }) => [
    `${styleText('bold', name, color)}${outcome === 'done' ? '' : `: ${outcome}`}`,
    ...checks.flatMap((check) => [
      `  ${checkMark(check, color)} ${check.name} ${styleText('dim', formatDuration(check.ms), color)}`,
      ...(check.message ? check.message.split('\n').map((line) => `      ${line}`) : []),
      ...(check.outcome === 'failed' && check.hint ? [`      hint: ${check.hint}`] : []),
    ]),
  ])
  const sum = `${passed} checks passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`
  return [...lines, sum, ''].join('\n')
}

function checkMark({ outcome }: Pick<CheckResult, 'outcome'>, color: boolean): string {
  if (outcome === 'skipped') return `${styleText('yellow', '-', color)} skipped:`
  return outcome === 'passed' ? styleText('green', '✓', color) : styleText('red', '✗', color)
}
