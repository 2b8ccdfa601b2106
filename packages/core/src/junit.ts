import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { RunDocument, VerifyDocument } from './documents.ts'
import { PlatformError } from './errors.ts'
import { describeError } from './main.ts'
import { shellQuote } from './runner.ts'

/** One test case. */
export interface JunitCase {
  readonly name: string
  readonly ms?: number
  /** `error`: it could not run; `skipped`: it did not need to run, or cannot run here. */
  readonly outcome: 'passed' | 'failed' | 'error' | 'skipped'
  readonly message?: string
  readonly hint?: string
  /** An error's code. */
  readonly code?: string
}

export interface JunitSuite {
  readonly name: string
  readonly cases: readonly JunitCase[]
}

/**
 * Writes a JUnit report and creates its folder.
 *
 * @param file absolute
 * @throws PlatformError JUNIT_NOT_WRITTEN; the original error if the disk is full
 */
export function writeJunit(file: string, suites: readonly JunitSuite[]): void {
  try {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, formatJunit(suites))
  } catch (cause) {
    if (describeError(cause).code !== 'BUG') throw cause
    throw new PlatformError('JUNIT_NOT_WRITTEN', `--junit ${file}: ${(cause as Error).message}`, {
      hint: shellQuote(['ls', '-ld', dirname(file), file]),
      cause,
    })
  }
}

/**
 * The result of `verify`: a suite for each unit and a case for each check. A unit that failed, was interrupted or never
 * started has an error case too.
 */
export function verifySuites(units: VerifyDocument['units']): JunitSuite[] {
  return units.map(({ name, outcome, checks, error }) => {
    const cases: readonly JunitCase[] = checks
    if (outcome === 'done') return { name, cases }
    const { code = outcome.toUpperCase(), message = `the checks of ${name} did not run: ${outcome}` } = error ?? {}
    return { name, cases: [...cases, { name: 'verify', outcome: 'error', code, message }] }
  })
}

/** The result of `up` or `down`: a suite for each unit with one case, the verb. */
export function runSuites({ verb, units }: Pick<RunDocument, 'verb' | 'units'>): JunitSuite[] {
  return units.map(({ name, outcome, ms, summary, error }) => {
    if (outcome === 'done') return { name, cases: [{ name: verb, ms, outcome: 'passed' as const }] }
    if (outcome === 'unchanged') return { name, cases: [{ name: verb, ms: 0, outcome: 'passed' as const }] }
    const { code = outcome.toUpperCase(), message = summary, hint } = error ?? {}
    return { name, cases: [{ name: verb, ms, outcome: 'error' as const, code, message, hint }] }
  })
}

export function formatJunit(suites: readonly JunitSuite[]): string {
  const texts = suites.map(({ name, cases }) => {
    const count = (outcome: JunitCase['outcome']) => cases.filter((each) => each.outcome === outcome).length
    const counts = `tests="${cases.length}" failures="${count('failed')}" errors="${count('error')}" skipped="${count('skipped')}"`
    const lines = cases.map((each) => formatCase(name, each))
    return `  <testsuite name=${quote(name)} ${counts}>\n${lines.join('\n')}\n  </testsuite>`
  })
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${texts.join('\n')}\n</testsuites>\n`
}

function formatCase(suite: string, { name, ms, outcome, message = '', hint, code }: JunitCase): string {
  const time = ms === undefined ? '' : ` time="${(ms / 1000).toFixed(3)}"`
  const head = `    <testcase classname=${quote(suite)} name=${quote(name)}${time}`
  if (outcome === 'passed') return `${head}/>`
  if (outcome === 'skipped') return `${head}>\n      <skipped message=${quote(message)}/>\n    </testcase>`
  const tag = outcome === 'error' ? 'error' : 'failure'
  const type = code ? ` type=${quote(code)}` : ''
  const text = hint ? `${message}\nhint: ${hint}` : message
  return `${head}>\n      <${tag}${type} message=${quote(message)}>${escapeText(text)}</${tag}>\n    </testcase>`
}

function quote(text: string): string {
  return `"${escapeText(text).replaceAll('"', '&quot;').replaceAll('\n', '&#10;')}"`
}

function escapeText(text: string): string {
  // XML 1.0 cannot represent control characters: an ANSI sequence in a message would make the report invalid.
  const readable = [...text].filter((char) => char >= ' ' || char === '\n' || char === '\t').join('')
  return readable.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
