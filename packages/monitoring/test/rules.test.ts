import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { promtool } from './support/promtool.ts'

interface Rule {
  readonly alert?: string
  readonly record?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

interface Case {
  readonly name: string
  readonly promql_expr_test: readonly {
    readonly expr: string
    readonly exp_samples: readonly { readonly labels: string }[]
  }[]
}

const test = suite('rules')
const sources = new URL('../chart/rules', import.meta.url).pathname
const testFolder = new URL('./rules', import.meta.url).pathname
const files = readdirSync(sources).sort()

const rules = files.flatMap((file) => {
  const { groups } = parse(readFileSync(join(sources, file), 'utf8')) as { groups: { rules: Rule[] }[] }
  return groups.flatMap((group) => group.rules)
})
const alerts = rules.filter(({ alert }) => alert !== undefined)
const cases = readdirSync(testFolder).flatMap(
  (file) => (parse(readFileSync(join(testFolder, file), 'utf8')) as { tests: Case[] }).tests,
)
const expressionTests = cases.flatMap((each) => each.promql_expr_test)

test('promtool check rules passes', async () => {
  const { exitCode, stdout, stderr } = await promtool(
    ['check', 'rules', '--lint-fatal', '--lint=all', ...files],
    sources,
  )
  assert.is(exitCode, 0, `${stdout}${stderr}`)
})

for (const file of readdirSync(testFolder).sort()) {
  test(`promtool test rules passes: ${file}`, async () => {
    const { exitCode, stdout, stderr } = await promtool(['test', 'rules', file], testFolder)
    assert.is(exitCode, 0, `${stdout}${stderr}`)
  })
}

for (const { alert = '' } of alerts) {
  test(`${alert} has a test that it fires${alert === 'Watchdog' ? '' : ' and one that it does not'}`, () => {
    const about = expressionTests.filter(({ expr }) => expr.includes(`alertname="${alert}"`))
    assert.ok(
      about.some(({ exp_samples }) => exp_samples.length > 0),
      'no test in which it fires',
    )
    const hasNegativeTest = alert === 'Watchdog' || about.some(({ exp_samples }) => exp_samples.length === 0)
    assert.ok(hasNegativeTest, 'no test in which it does not fire')
  })
}

test('each recording rule has a test', () => {
  const missing = rules.filter(({ record }) => record && !expressionTests.some(({ expr }) => expr.includes(record)))
  assert.equal(
    missing.map(({ record }) => record),
    [],
  )
})

test('recording rules are named level:metric:operations', () => {
  for (const { record } of rules) {
    if (record) assert.match(record, /^[a-z_]+:[a-z_]+:[a-z0-9_]+$/i)
  }
})

test('each alert has a severity, a summary and a description', () => {
  for (const { alert, labels, annotations } of alerts) {
    assert.match(labels?.severity ?? '', /^(critical|warning|info|none)$/, `${alert}: severity`)
    assert.ok(annotations?.summary && annotations.description, `${alert}: summary and description`)
  }
})

test('annotations refer only to labels that the alert has', () => {
  for (const { alert = '', annotations = {} } of alerts) {
    const fired = expressionTests
      .filter(({ expr, exp_samples }) => expr.includes(`alertname="${alert}"`) && exp_samples.length > 0)
      .flatMap(({ exp_samples }) => exp_samples.map(({ labels }) => labels))
    const referred = Object.values(annotations)
      .join(' ')
      .matchAll(/\$labels\.(\w+)/g)
    for (const [, label] of referred) {
      assert.ok(
        fired.every((labels) => labels.includes(`${label}="`)),
        `${alert} refers to the label ${label}, which its test does not have`,
      )
    }
  }
})

test.run()
