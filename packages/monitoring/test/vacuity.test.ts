import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse, stringify } from 'yaml'
import { promtool } from './support/promtool.ts'
import { type AlertRule, mutants, type PromqlCase, verdicts } from './support/rule-mutants.ts'

/** Alerts that are meant to fire always: there is nothing on which they must be silent. */
const ALWAYS = ['Watchdog']

const test = suite('the tests of the rules are not vacuous')
const sources = new URL('../chart/rules', import.meta.url).pathname
const proofs = new URL('./rules', import.meta.url).pathname

const rules = readdirSync(sources).flatMap((file) => {
  const { groups } = parse(readFileSync(join(sources, file), 'utf8')) as { groups: { rules: AlertRule[] }[] }
  return groups.flatMap((group) => group.rules).filter(({ alert }) => alert)
})
const cases = readdirSync(proofs).flatMap(
  (file) => (parse(readFileSync(join(proofs, file), 'utf8')) as { tests: PromqlCase[] }).tests,
)
const all = rules.flatMap((rule) => mutants(rule, cases, { always: ALWAYS.includes(rule.alert) }))
let caught: ReturnType<typeof verdicts> = new Map()

/** A test has failed by what it expected and got, not by an error of another kind. */
const notices = (verdict: string | undefined) => /exp:[\s\S]*got:/.test(verdict ?? '')

test.before(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'platform-rules-'))
  try {
    for (const { id, rule, tests } of all) {
      writeFileSync(join(folder, `${id}.rules.yaml`), stringify({ groups: [{ name: 'g', rules: [rule] }] }))
      const file = { rule_files: [`${id}.rules.yaml`], evaluation_interval: '15s', tests }
      writeFileSync(join(folder, `${id}.test.yaml`), stringify(file))
    }
    // Two processes for all of them: starting one takes longer than what it does.
    const checked = await promtool(['check', 'rules', ...all.map(({ id }) => `${id}.rules.yaml`)], folder)
    assert.is(checked.exitCode, 0, `a changed rule is no rule any more: ${checked.stdout}${checked.stderr}`)
    const report = join(folder, 'junit.xml')
    await promtool(['test', 'rules', `--junit=${report}`, ...all.map(({ id }) => `${id}.test.yaml`)], folder)
    caught = verdicts(readFileSync(report, 'utf8'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

for (const { id, what } of all) {
  test(what, () => {
    const verdict = caught.get(id)
    assert.ok(verdict?.size, 'promtool said nothing of it')
    assert.ok([...verdict.values()].some(notices), 'no test notices')
  })
}

/** By its name: those that notice something beside an alert that never fires, or always does. */
const noticing = () =>
  new Set(
    all
      .filter(({ way }) => way === 'without' || way === 'at once')
      .flatMap(({ id }) => [...(caught.get(id) ?? [])].flatMap(([name, verdict]) => (notices(verdict) ? [name] : []))),
  )

for (const { name, promql_expr_test: asked } of cases) {
  if (!asked.some(({ expr }) => expr.includes('alertname='))) continue
  test(`“${name}” notices by itself when a part of the rule is gone`, () => assert.ok(noticing().has(name)))
}

test('tests of alerts have names of their own', () => {
  const names = cases.map(({ name }) => name)
  assert.equal(
    names.filter((name, n) => names.indexOf(name) !== n),
    [],
  )
})

test('each alert is changed in every way', () => {
  for (const { alert } of rules) {
    const ways = all.filter(({ rule }) => rule.alert === alert).map(({ way }) => way)
    assert.ok(ways.includes('never'), `${alert}: never`)
    if (!ALWAYS.includes(alert)) assert.ok(ways.includes('always') && ways.includes('without'), `${alert}: ${ways}`)
  }
})

test.run()
