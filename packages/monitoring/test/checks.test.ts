import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bytes, milliseconds, quantity } from '../src/checks/common.ts'
import { groupProblems } from '../src/checks/rules.ts'
import { missing } from '../src/checks/targets.ts'
import { checks } from '../src/checks.ts'
import { relabel, withoutJob, withoutRule } from '../src/drills/change.ts'
import { drills } from '../src/drills.ts'

const test = suite('checks and drills of monitoring')

test('every check is failed first by a mutation', () => {
  const caught = drills.map((drill) => (drill.kind === 'mutation' ? drill.caughtBy : ''))
  assert.equal(
    checks.map(({ id }) => id).filter((id) => !caught.includes(id)),
    [],
  )
})

test('ids are unique, and every mutation names a check that there is', () => {
  const ids = [...checks, ...drills].map(({ id }) => id)
  assert.is(new Set(ids).size, ids.length)
  for (const drill of drills) {
    if (drill.kind === 'mutation')
      assert.ok(
        checks.some(({ id }) => id === drill.caughtBy),
        drill.id,
      )
  }
})

const quantities: [text: string, number: number][] = [
  ['256Mi', 268435456],
  ['100m', 0.1],
  ['2', 2],
  ['1e3', 1000],
  ['1500000', 1500000],
  ['128974848k', 128974848000],
]
for (const [text, number] of quantities) test(`${text} is ${number}`, () => assert.is(quantity(text), number))

test('what is no quantity is said so', () => {
  assert.throws(() => quantity('many'), /no quantity/)
})

test('durations and sizes are equal however Prometheus writes them', () => {
  assert.is(milliseconds('14d'), milliseconds('2w'))
  assert.is(milliseconds('1h30m'), milliseconds('90m'))
  assert.is(bytes('6GB'), bytes('6GiB'))
  assert.is(bytes('1GB'), bytes('1024MB'))
})

const target = (job: string, node: string, health = 'up') => ({
  ...{ labels: { job, node }, health, lastError: health === 'up' ? '' : 'refused', scrapeUrl: `http://${node}/` },
})
const nodes = { job: 'node-exporter', label: 'node', values: ['a', 'b'], of: 'node' }

const seen: [name: string, found: ReturnType<typeof target>[], problem: RegExp | undefined][] = [
  ['all are up', [target('node-exporter', 'a'), target('node-exporter', 'b')], undefined],
  ['one is not found', [target('node-exporter', 'a')], /of node b$/],
  ['one is down', [target('node-exporter', 'a'), target('node-exporter', 'b', 'down')], /node b .*refused/],
  [
    'one is scraped twice',
    [target('node-exporter', 'a'), target('node-exporter', 'b'), target('node-exporter', 'b')],
    /more than once/,
  ],
  ['those of another job do not count', [target('other', 'a'), target('other', 'b')], /of node a, b/],
]
for (const [name, found, problem] of seen) {
  test(`targets: ${name}`, () => {
    const [said] = missing(nodes, found)
    if (problem) assert.match(said ?? 'nothing', problem)
    else assert.is(said, undefined)
  })
}

test('targets: a count that does not fit is said with both numbers', () => {
  const [said] = missing({ job: 'prometheus', count: 1, of: 'itself' }, [])
  assert.match(said ?? '', /0 of 0 targets are up, expected 1/)
})

const wanted = {
  name: 'g',
  rules: [
    { alert: 'A', expr: '1' },
    { record: 'b:c:d', expr: '1' },
  ],
}
const ok = (name: string) => ({ name, query: '1', health: 'ok' })

const groups: [name: string, loaded: Parameters<typeof groupProblems>[1], problem: RegExp | undefined][] = [
  ['all is well', [{ name: 'g', rules: [ok('A'), ok('b:c:d')] }], undefined],
  ['the group is not loaded', [], /the group g is not loaded/],
  ['a rule is not loaded', [{ name: 'g', rules: [ok('A')] }], /b:c:d is not loaded/],
  ['a rule is in no file', [{ name: 'g', rules: [ok('A'), ok('b:c:d'), ok('X')] }], /X is loaded/],
  [
    'a rule fails',
    [{ name: 'g', rules: [{ ...ok('A'), health: 'err', lastError: 'no' }, ok('b:c:d')] }],
    /A is err: no/,
  ],
  ['a rule has not run yet', [{ name: 'g', rules: [{ ...ok('A'), health: 'unknown' }, ok('b:c:d')] }], /A is unknown/],
]
for (const [name, loaded, problem] of groups) {
  test(`rules: ${name}`, () => {
    const [said] = groupProblems(wanted, loaded)
    if (problem) assert.match(said ?? 'nothing', problem)
    else assert.is(said, undefined)
  })
}

const config = `scrape_configs:
  - job_name: a
    scheme: https
    metric_relabel_configs:
      - action: keep
  # of b
  - job_name: b
    scheme: http
`

test('drills edit the configuration and nothing else of it', () => {
  assert.is(withoutJob('a')(config), 'scrape_configs:\n  # of b\n  - job_name: b\n    scheme: http\n')
  assert.match(
    relabel('a', ['regex: x', 'action: drop'])(config),
    /relabel_configs:\n {6}- regex: x\n {8}action: drop\n {6}- action: keep/,
  )
  assert.match(
    relabel('b', ['regex: x', 'action: drop'])(config),
    /- job_name: b\n {4}metric_relabel_configs:\n {6}- regex: x\n {8}action: drop\n {4}scheme: http/,
  )
  assert.is(withoutJob('c')(config), config)
  assert.is(relabel('c', ['x'])(config), config)
})

test('drills take one rule out of a file', () => {
  const file = 'rules:\n      - alert: A\n        expr: up\n        for: 1m\n      - alert: B\n        expr: up\n'
  assert.is(withoutRule('A')(file), 'rules:\n      - alert: B\n        expr: up\n')
})

test.run()
