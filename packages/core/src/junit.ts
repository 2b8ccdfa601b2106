import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { VerifyDocument } from './documents.ts'
import { PlatformError } from './errors.ts'
import { describeError } from './main.ts'
import { shellQuote } from './runner.ts'

/**
 * Writes the result of `verify` as a JUnit report, and the folder that it is to be in.
 *
 * @param file absolute
 * @throws PlatformError JUNIT_NOT_WRITTEN; a full disk as it is
 */
export function writeJunit(file: string, document: Pick<VerifyDocument, 'units'>): void {
  try {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, formatJunit(document))
  } catch (cause) {
    if (describeError(cause).code !== 'BUG') throw cause
    throw new PlatformError('JUNIT_NOT_WRITTEN', `--junit ${file}: ${(cause as Error).message}`, {
      hint: shellQuote(['ls', '-ld', dirname(file), file]),
      cause,
    })
  }
}

/**
 * The result of `verify` as a JUnit report: a suite for each unit, a case for each check, and an error for a unit whose
 * checks were not all made: it failed, was interrupted, never began.
 */
export function formatJunit({ units }: Pick<VerifyDocument, 'units'>): string {
  const suites = units.map(({ name, outcome, checks, error }) => {
    const broken = outcome !== 'done'
    const cases = checks.map(({ name: check, ok, ms, message = '', hint }) => {
      const head = `    <testcase classname=${quote(name)} name=${quote(check)} time="${(ms / 1000).toFixed(3)}"`
      if (ok) return `${head}/>`
      const text = hint ? `${message}\nhint: ${hint}` : message
      return `${head}>\n      <failure message=${quote(message)}>${escapeText(text)}</failure>\n    </testcase>`
    })
    if (broken) {
      const { code = outcome.toUpperCase(), message = `the checks of ${name} were not made: ${outcome}` } = error ?? {}
      cases.push(
        `    <testcase classname=${quote(name)} name="verify">\n      <error type=${quote(code)} message=${quote(message)}/>\n    </testcase>`,
      )
    }
    const failures = checks.filter(({ ok }) => !ok).length
    return `  <testsuite name=${quote(name)} tests="${cases.length}" failures="${failures}" errors="${broken ? 1 : 0}">\n${cases.join('\n')}\n  </testsuite>`
  })
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join('\n')}\n</testsuites>\n`
}

function quote(text: string): string {
  return `"${escapeText(text).replaceAll('"', '&quot;').replaceAll('\n', '&#10;')}"`
}

function escapeText(text: string): string {
  // XML 1.0 has no way to write control characters; an ANSI sequence in a message would make the report unreadable.
  const readable = [...text].filter((char) => char >= ' ' || char === '\n' || char === '\t').join('')
  return readable.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
