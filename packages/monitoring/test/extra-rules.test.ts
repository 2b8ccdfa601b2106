import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadSettings } from '@platform/core'
import { readOverlays } from '@platform/engine/overlays'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { component } from '../src/component.ts'
import { extraRuleProblems } from '../src/extra-rules.ts'
import { ownRuleProblems } from '../src/own-rules.ts'

const test = suite('rules of overlays')

function overlays(text: string) {
  const folder = mkdtempSync(join(tmpdir(), 'platform-extra-'))
  try {
    writeFileSync(join(folder, 'monitoring.yaml'), text)
    return readOverlays([join(folder, 'monitoring.yaml')], folder).own
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const groups = (expr: string) => `rules:
  extraGroups:
    - name: shop
      rules:
        - alert: CartDown
          expr: ${expr}
`
const file = (text: string) =>
  `rules:\n  extra:\n    shop.rules.yaml: |\n${text.replaceAll(/^/gm, '      ').trimEnd()}\n`

const rows: [name: string, text: string, problems: string[]][] = [
  ['a valid group', groups('up{job="cart"} == 0'), []],
  ['no rules', 'scrape:\n  interval: 30s\n', []],
  [
    'an incomplete expression',
    groups('sum(up'),
    ['monitoring.yaml:6: rules.extraGroups: group shop: CartDown: expr: it ends too early (column 7 of expr)'],
  ],
  [
    'an expression with an extra word',
    groups('up == 0 please'),
    ['monitoring.yaml:6: rules.extraGroups: group shop: CartDown: expr: unexpected “please” (column 9 of expr)'],
  ],
  [
    'a rule that is neither alert nor record',
    'rules:\n  extraGroups:\n    - name: g\n      rules:\n        - expr: up\n',
    ['monitoring.yaml:5: rules.extraGroups: group g: rule 1: expected either alert or record'],
  ],
  [
    'a group without a name',
    'rules:\n  extraGroups:\n    - rules: []\n',
    ['monitoring.yaml:3: rules.extraGroups: group 1: name is missing'],
  ],
  ['a valid file', file('groups:\n  - name: g\n    rules:\n      - record: a:b:c\n        expr: sum(up)\n'), []],
  [
    'a file with an invalid expression',
    file('groups:\n  - name: g\n    rules:\n      - record: a:b:c\n        expr: sum(up))\n'),
    ['monitoring.yaml:8: rules.extra.shop.rules.yaml: group g: a:b:c: expr: unexpected “)” (column 8 of expr)'],
  ],
  [
    'a file without groups',
    file('rules: []\n'),
    ['monitoring.yaml:4: rules.extra.shop.rules.yaml: expected a list of groups below groups:'],
  ],
]
for (const [name, text, problems] of rows) {
  test(name, () => assert.equal(extraRuleProblems(overlays(text)), problems))
}

async function ownRules(files: Readonly<Record<string, string>>, folder: string): Promise<string[]> {
  mkdirSync(join(folder, 'chart', 'rules'), { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, 'chart', 'rules', name), text)
  return ownRuleProblems(folder, { root: folder, cacheDir: folder })
}

test("problems of the chart's rule files have file and line; valid files are cached", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'platform-own-'))
  const rule = (expr: string) => `groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: ${expr}\n`
  try {
    assert.equal(await ownRules({ 'b.rules.yaml': rule('sum(up)') }, folder), [])
    assert.equal(await ownRules({}, folder), [], 'valid files')
    const problems = await ownRules(
      { 'a.rules.yaml': 'groups:\n  - name: "g\n', 'b.rules.yaml': rule('sum(up') },
      folder,
    )
    assert.match(problems[0] ?? '', /^chart\/rules\/a\.rules\.yaml:\d+: Missing closing "quote/)
    assert.is(problems[1], 'chart/rules/b.rules.yaml:5: group g: A: expr: it ends too early (column 7 of expr)')
    assert.is((await ownRules({}, folder)).length, 2, 'invalid files are read again')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test("the chart's rules are valid", async () => {
  const nowhere = { root: component.directory, cacheDir: '/nowhere' }
  assert.equal(await ownRuleProblems(component.directory, nowhere), [])
})

test('a file that is not YAML is an error with its line', () => {
  const [problem] = extraRuleProblems(overlays(file('groups:\n  - name: "g\n    rules: []\n')))
  assert.match(problem ?? '', /^monitoring\.yaml:\d+: rules\.extra\.shop\.rules\.yaml: Missing closing "quote/)
})

test('an invalid rule fails before anything changes', async () => {
  const settings = loadSettings({ env: { HOME: '/home/test' }, root: '/nowhere' })
  const given = (text: string) => ({ settings, root: '/nowhere', overlays: overlays(text) })
  await component.values?.(given(groups('up == 0')))
  try {
    await component.values?.(given(groups('up ==')))
  } catch (error) {
    const { code, message, exitCode } = error as { code: string; message: string; exitCode: number }
    assert.equal([code, exitCode], ['INVALID_RULES', 2])
    return assert.match(message, /monitoring\.yaml:6: /)
  }
  assert.unreachable()
})

test.run()
