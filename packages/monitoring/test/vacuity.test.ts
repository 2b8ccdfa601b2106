import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse, stringify } from 'yaml'
import { promtool } from './support/promtool.ts'
import { type AlertRule, mutants, type PromqlCase, verdicts } from './support/rule-mutants.ts'

/** Alerts that always fire, and so have no test in which they do not. */
const ALWAYS = ['Watchdog']

const test = suite('tests of rules detect broken rules')
const sources = new URL('../chart/rules', import.meta.url).pathname
const testFolder = new URL('./rules', import.meta.url).pathname

const rules = readdirSync(sources).flatMap((file) => {
  const { groups } = parse(readFileSync(join(sources, file), 'utf8')) as { groups: { rules: AlertRule[] }[] }
  return groups.flatMap((group) => group.rules).filter(({ alert }) => alert)
})
const cases = readdirSync(testFolder).flatMap(
  (file) => (parse(readFileSync(join(testFolder, file), 'utf8')) as { tests: PromqlCase[] }).tests,
)
const all = rules.flatMap((rule) => mutants(rule, cases, { always: ALWAYS.includes(rule.alert) }))
let results: ReturnType<typeof verdicts> = new Map()

/** Whether a test failed because of a wrong result, and not of another error. */
const detects = (verdict: string | undefined) => /exp:[\s\S]*got:/.test(verdict ?? '')

test.before(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'platform-rules-'))
  try {
    for (const { id, rule, tests } of all) {
      writeFileSync(join(folder, `${id}.rules.yaml`), stringify({ groups: [{ name: 'g', rules: [rule] }] }))
      const file = { rule_files: [`${id}.rules.yaml`], evaluation_interval: '15s', tests }
      writeFileSync(join(folder, `${id}.test.yaml`), stringify(file))
    }
    // Two processes for all mutants, because starting a process takes longer than its work.
    const checked = await promtool(['check', 'rules', ...all.map(({ id }) => `${id}.rules.yaml`)], folder)
    assert.is(checked.exitCode, 0, `a mutant is not a valid rule: ${checked.stdout}${checked.stderr}`)
    const report = join(folder, 'junit.xml')
    await promtool(['test', 'rules', `--junit=${report}`, ...all.map(({ id }) => `${id}.test.yaml`)], folder)
    results = verdicts(readFileSync(report, 'utf8'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

for (const { id, title } of all) {
  test(title, () => {
    const verdict = results.get(id)
    assert.ok(verdict?.size, 'promtool has no result for it')
    assert.ok([...verdict.values()].some(detects), 'no test fails')
  })
}

/** The names of the tests that detect a mutant other than `never` and `always`. */
const detecting = () =>
  new Set(
    all
      .filter(({ kind }) => kind === 'without' || kind === 'at once')
      .flatMap(({ id }) => [...(results.get(id) ?? [])].flatMap(([name, verdict]) => (detects(verdict) ? [name] : []))),
  )

for (const { name, promql_expr_test: expressions } of cases) {
  if (!expressions.some(({ expr }) => expr.includes('alertname='))) continue
  test(`“${name}” alone detects a removed part of the rule`, () => assert.ok(detecting().has(name)))
}

test('names of tests are unique', () => {
  const names = cases.map(({ name }) => name)
  assert.equal(
    names.filter((name, n) => names.indexOf(name) !== n),
    [],
  )
})

test('each alert has mutants of every kind', () => {
  for (const { alert } of rules) {
    const kinds = all.filter(({ rule }) => rule.alert === alert).map(({ kind }) => kind)
    assert.ok(kinds.includes('never'), `${alert}: never`)
    if (!ALWAYS.includes(alert)) assert.ok(kinds.includes('always') && kinds.includes('without'), `${alert}: ${kinds}`)
  }
})

test.run()
