import { discoverUnits, repositoryRoot } from '@platform/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Drill, Mutation } from '../src/component/drill.ts'
import { loadComponent } from '../src/component/load.ts'
import { loadDrills } from '../src/drill/load-drills.ts'
import { conflict, type DrillJob, planJobs } from '../src/drill/plan-jobs.ts'
import { sampled } from '../src/drill/sample.ts'
import { runScheduled } from '../src/drill/schedule.ts'
import { anyOverlap, overlap, subjectsOf, type WithChanges } from '../src/drill/subjects.ts'
import { TimeBudget } from '../src/drill/time-budget.ts'
import { loadChecks } from '../src/verify/verify.ts'

const plan = suite('concurrent drills')

for (const [a, b, expected] of [
  ['prometheus', 'prometheus/rules', true],
  ['prometheus/rules', 'prometheus/rules', true],
  ['prometheus/rules', 'prometheus/rules-extra', false],
  ['prometheus/rules', 'prometheus/targets', false],
  ['*/page', 'grafana/page', true],
  ['*/page', 'grafana', true],
  ['*/page', 'grafana/pod', false],
] as const) {
  plan(`${a} and ${b} ${expected ? 'overlap' : 'do not overlap'}`, () => {
    assert.equal([overlap(a, b), overlap(b, a)], [expected, expected])
  })
}

const mutation = (
  id: string,
  caughtBy: string,
  changes: string[],
  expectedMessage?: RegExp,
): WithChanges<Mutation> => ({
  ...{ kind: 'mutation', id, name: id, caughtBy, changes, ...(expectedMessage && { expectedMessage }) },
  break: async () => {},
})
const checks = [
  { id: 'first', dependsOn: ['x/server', 'x/a'] },
  { id: 'second', dependsOn: ['x/server', 'x/b'] },
  { id: 'third', dependsOn: ['x'] },
]

for (const [reason, one, other, shared] of [
  [
    "no check of one depends on the other's subjects",
    mutation('m', 'first', ['x/a']),
    mutation('n', 'second', ['x/b']),
    true,
  ],
  [
    "an earlier check depends on the other's subjects",
    mutation('m', 'second', ['x/server']),
    mutation('n', 'first', ['x/a']),
    false,
  ],
  ['both change the same subject', mutation('m', 'first', ['x/a']), mutation('n', 'first', ['x/a']), false],
  [
    'the same check catches both, and both have expectedMessage',
    mutation('m', 'third', ['x/c'], /c/),
    mutation('n', 'third', ['x/d'], /d/),
    true,
  ],
  [
    'the same check catches both, and one has no expectedMessage',
    mutation('m', 'third', ['x/c'], /c/),
    mutation('n', 'third', ['x/d']),
    false,
  ],
] as const) {
  plan(`two mutations ${shared ? 'share a round' : 'need two rounds'}: ${reason}`, () => {
    assert.is(planJobs('x', [one, other], checks, 8).length, shared ? 1 : 2)
  })
}

plan('a round is no larger than the limit', () => {
  const all = ['a', 'b', 'c', 'd'].map((part) => mutation(part, 'first', [`y/${part}`], /./))
  assert.equal(
    planJobs('x', all, [{ id: 'first', dependsOn: [] }], 3).map(({ drills }) => drills.length),
    [3, 1],
  )
})

const job = (
  component: string,
  changes: string[],
  dependsOn: string[],
  kind: Drill['kind'] = 'mutation',
): DrillJob => ({
  ...{ component, changes, dependsOn },
  drills: [{ kind, id: 'd', name: 'd', changes } as unknown as WithChanges<Drill>],
})
for (const [reason, one, other, expected] of [
  ['one changes what the other depends on', job('x', ['x/page'], []), job('y', ['y'], ['*/page']), true],
  ['their subjects do not overlap', job('x', ['x'], ['x']), job('y', ['y'], ['y']), false],
  ['both are of one component, which `up` repairs as a whole', job('x', ['x/a'], []), job('x', ['x/b'], []), true],
  ['both are faults of one component', job('x', ['a/1'], ['p'], 'fault'), job('x', ['a/2'], ['p'], 'fault'), false],
  ['a fault depends on what the other changes', job('x', ['a/1'], ['p'], 'fault'), job('y', ['p/server'], []), true],
] as const) {
  plan(`two jobs ${expected ? 'conflict' : 'run concurrently'}: ${reason}`, () => {
    assert.equal([conflict(one, other), conflict(other, one)], [expected, expected])
  })
}

plan('jobs run concurrently within the limit, except with conflicting ones', async () => {
  const running = new Set<string>()
  const observed: string[] = []
  const work = (name: string) => ({
    job: name,
    weight: 1,
    async run() {
      running.add(name)
      observed.push([...running].sort().join(''))
      await new Promise((resolve) => setTimeout(resolve, 10))
      running.delete(name)
    },
  })
  const all = ['a', 'b', 'c', 'd'].map(work)
  const left = await runScheduled(all, {
    limit: 2,
    conflict: (one, other) => [one, other].sort().join('') === 'ab',
    order: (pending) => pending,
  })
  assert.equal(left, [])
  assert.ok(
    observed.every((names) => names.length <= 2 && !names.includes('ab')),
    observed.join(),
  )
  assert.ok(observed.includes('ac'), observed.join())
})

plan('the same seed gives the same sample, in list order', () => {
  const all = Array.from({ length: 50 }, (_, n) => n)
  const one = sampled(all, 10, 'seed')
  assert.equal(one, sampled(all, 10, 'seed'))
  assert.is.not(String(one), String(sampled(all, 10, 'other')))
  assert.equal([one.length, [...one].sort((a, b) => a - b)], [10, one])
})

plan('the time budget keeps the order, uses the seed when time runs short, and then starts no more jobs', () => {
  let now = 0
  const all = Array.from({ length: 30 }, (_, n) => n)
  const budget = new TimeBudget(600_000, 'seed', () => now)
  assert.equal([budget.order(all), budget.isShort], [all, false])
  now = 60_000
  budget.ended(60_000)
  const order = budget.order(all)
  assert.equal([[...order].sort((a, b) => a - b), budget.isShort], [all, true])
  assert.is.not(String(order), String(all))
  assert.equal(budget.order(all), order)
  now = 450_000
  assert.equal(budget.order(all), [])
})

plan('without a time limit all jobs run', () => {
  const budget = new TimeBudget(undefined, 'seed', () => 1e12)
  assert.equal([budget.order([1, 2]), budget.isShort], [[1, 2], false])
})

for (const { name, directory } of discoverUnits(repositoryRoot).filter(({ isComponent }) => isComponent)) {
  plan(`${name}: the check that must catch a mutation depends on its subjects`, async () => {
    const component = await loadComponent(directory)
    const [own, drills] = await Promise.all([loadChecks(component), loadDrills(component)])
    const whole = subjectsOf(component)
    const unrelated = drills.flatMap((drill) => {
      if (drill.kind !== 'mutation') return []
      const check = own.find(({ id }) => id === drill.caughtBy)
      const dependsOn = check?.dependsOn ?? whole
      return check && !anyOverlap(dependsOn, drill.changes ?? whole)
        ? [`${drill.id}: ${drill.caughtBy} depends on ${dependsOn}`]
        : []
    })
    assert.equal(unrelated, [])
  })
}

plan.run()
