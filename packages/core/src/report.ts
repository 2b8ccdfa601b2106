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

/** Maximum number of lines per step in the output for people; `--json` has all. */
const maxLines = 200
/** A longer line is cut in the middle, so that the old and the new value both stay visible. */
const maxLineLength = 700

/** Formats a plan for people: the current state, and each step with its reason and commands. Long details are cut. */
export function formatPlan(
  { of, units, changes }: Pick<PlanDocument, 'of' | 'units' | 'changes'>,
  color: boolean,
): string {
  const lines = units.flatMap(({ name, state, steps }) => [
    `${styleText('bold', name, color)}: ${state}`,
    ...steps.flatMap(({ action, subject, detail, commands }) => [
      `  ${styleText(action === 'delete' ? 'red' : 'yellow', marks[action], color)} ${action} ${subject}`,
      ...(detail ? cutDetail(detail, commandForAll(of, name)).map((line) => `      ${line}`) : []),
      ...(commands ?? []).map((command) => `      $ ${shellQuote(command)}`),
    ]),
  ])
  return [...lines, changes === 0 ? 'nothing to do' : `${changes} ${changes === 1 ? 'step' : 'steps'} to do`, ''].join(
    '\n',
  )
}

function commandForAll(verb: PlanDocument['of'], name: string): string {
  return verb === 'up' ? `pnpm -s plan ${name} --json` : `pnpm -s down ${name} --dry-run --json`
}

function cutDetail(detail: string, all: string): string[] {
  const lines = detail.split('\n')
  const shown = lines.slice(0, maxLines).map(cutLine)
  const more = lines.length - shown.length
  if (more) return [...shown, `… ${more} more lines; all of it: ${all}`]
  return shown.some((line, i) => line !== lines[i]) ? [...shown, `all of it: ${all}`] : shown
}

function cutLine(line: string): string {
  return line.length > maxLineLength ? `${line.slice(0, maxLineLength / 2)} … ${line.slice(-maxLineLength / 2)}` : line
}

const outcomes: Readonly<Record<Outcome, { mark: string; style: 'green' | 'red' | 'yellow' | 'dim' }>> = {
  done: { mark: '✓', style: 'green' },
  unchanged: { mark: '=', style: 'dim' },
  failed: { mark: '✗', style: 'red' },
  missing: { mark: '✗', style: 'red' },
  interrupted: { mark: '✗', style: 'yellow' },
  skipped: { mark: '-', style: 'yellow' },
}

/** The result of `up` or `down`, one line per unit. Errors are shown on stderr when they happen. */
export function formatRun({ units }: Pick<RunDocument, 'units'>, color: boolean): string {
  return units
    .map(({ name, outcome, ms, summary }) => {
      const { mark, style } = outcomes[outcome]
      const took = ms === undefined ? '' : ` ${styleText('dim', formatDuration(ms), color)}`
      return `${styleText(style, mark, color)} ${styleText('bold', name, color)}: ${summary}${took}\n`
    })
    .join('')
}

/** The result of `verify`: one line per check, the hint below a failed one, the totals at the end. */
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
