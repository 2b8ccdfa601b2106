import type { VerifyDocument } from './documents.ts'

/** The result of `verify` as a JUnit report: a suite for each unit, a case for each check. */
export function formatJunit({ units }: Pick<VerifyDocument, 'units'>): string {
  const suites = units.map(({ name, checks, error }) => {
    const cases = checks.map(({ name: check, ok, ms, message = '', hint }) => {
      const head = `    <testcase classname=${quote(name)} name=${quote(check)} time="${(ms / 1000).toFixed(3)}"`
      if (ok) return `${head}/>`
      const text = hint ? `${message}\nhint: ${hint}` : message
      return `${head}>\n      <failure message=${quote(message)}>${escapeText(text)}</failure>\n    </testcase>`
    })
    if (error) {
      cases.push(
        `    <testcase classname=${quote(name)} name="verify">\n      <error type=${quote(error.code)} message=${quote(error.message)}/>\n    </testcase>`,
      )
    }
    const failures = checks.filter(({ ok }) => !ok).length
    return `  <testsuite name=${quote(name)} tests="${cases.length}" failures="${failures}" errors="${error ? 1 : 0}">\n${cases.join('\n')}\n  </testsuite>`
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
