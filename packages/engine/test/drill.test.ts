import { setTimeout as sleep } from 'node:timers/promises'
import type { Manifest } from '@platform/cluster'
import { type CheckResult, discoverUnits, repositoryRoot, type Unit } from '@platform/core'
import { documents } from '@platform/core/documents'
import { formatJunit } from '@platform/core/junit'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Mutation } from '../src/component/drill.ts'
import { loadComponent } from '../src/component/load.ts'
import { nothingDrilled, requireConsent } from '../src/drill/drill-command.ts'
import { generalDrills, generalMutationIds } from '../src/drill/general-drills.ts'
import { loadDrills, unknownChecks, uncaughtChecks } from '../src/drill/load-drills.ts'
import { drillSuites, formatDrills } from '../src/drill/report.ts'
import { firstFailing, firstOf, untilAllPass } from '../src/drill/rounds.ts'
import { runRestart } from '../src/drill/run-restart.ts'
import { runRound, verdict } from '../src/drill/run-round.ts'
import type { WithChanges } from '../src/drill/subjects.ts'
import { generalCheckIds } from '../src/verify/general-checks.ts'
import { loadChecks } from '../src/verify/verify.ts'
import { drillWork, fakeCheck } from './drill-fakes.ts'

const drill = suite('drill')
const never = new AbortController().signal

for (const [what, checks, expected] of [
  ['none fails', [fakeCheck('a'), fakeCheck('b')], undefined],
  ['one fails', [fakeCheck('a'), fakeCheck('b', 'broken')], 'b'],
  [
    'two fail: the first in their order, also when it is slower',
    [fakeCheck('a', 'slow', 80), fakeCheck('b', 'fast')],
    'a',
  ],
  ['a skipped one is no failure', [fakeCheck('a', 'skip'), fakeCheck('b', 'broken')], 'b'],
] as const) {
  drill(`the first that fails: ${what}`, async () => {
    assert.is((await firstOf(checks, never))?.id, expected)
  })
}

drill('what comes after the wanted check is not asked; rounds go on until one fails', async () => {
  let rounds = 0
  const asked: string[] = []
  const found = await firstFailing(
    async () => {
      rounds += 1
      return {
        checks: [fakeCheck('a'), fakeCheck('b', rounds > 1 ? 'broken' : undefined), fakeCheck('c', 'never', 0, asked)],
        closed: async () => {},
      }
    },
    { last: 'b', withinMs: 5000, signal: never },
  )
  assert.equal([found?.id, rounds, asked], ['b', 2, []])
})

drill('a check that fails for another reason than the expected one is asked again', async () => {
  let rounds = 0
  const run = async () => {
    rounds += 1
    return { checks: [fakeCheck('a', rounds > 1 ? 'grafana is gone' : 'mysql is gone')], closed: async () => {} }
  }
  const found = await firstFailing(run, { last: 'a', expectedMessage: /grafana/, withinMs: 5000, signal: never })
  assert.equal([found?.message, rounds], ['grafana is gone', 2])
})

drill('checks that do not pass in the time are returned; only those that are wanted are asked', async () => {
  const asked: string[] = []
  const run = async () => ({
    checks: [
      fakeCheck('a', undefined, 0, asked),
      fakeCheck('b', 'still broken', 0, asked),
      fakeCheck('c', 'x', 0, asked),
    ],
    closed: async () => {},
  })
  const failing = await untilAllPass(run, { withinMs: 0, signal: never, wanted: (id) => id !== 'c' })
  assert.equal([failing.map(({ id, message }) => [id, message]), asked], [[['b', 'still broken']], ['a', 'b']])
})

const result = (id: string, message = 'why'): CheckResult => ({ id, name: id, outcome: 'failed', ms: 1, message })
for (const [what, first, problem] of [
  ['the right one', result('datasource'), undefined],
  ['another one', result('release'), /release failed before datasource: why/],
  ['the right one, for another reason', result('datasource', 'no answer'), /failed, but not with .*no answer/],
  ['none', undefined, /no check up to datasource failed within 30 s/],
] as const) {
  drill(`a mutation seen first by ${what} ${problem ? 'has failed' : 'is caught'}`, () => {
    const found = verdict({ caughtBy: 'datasource', expectedMessage: /why/ }, first, 30_000)
    if (problem) assert.match(found ?? '', problem)
    else assert.is(found, undefined)
  })
}

const limits = { showsMs: 2000, breakMs: 2000, recoversMs: 1500 }
const checks = ['a', 'b', 'c'].map((id) => ({ id, dependsOn: ['fake'] }))

/** A system that is broken by a mutation and repaired by `up`. */
function system({ plans = true, mends = true, catches = 'b' }: { plans?: boolean; mends?: boolean; catches?: string }) {
  const state = { broken: false, ups: 0 }
  const now = () => ['a', 'b'].map((id) => fakeCheck(id, state.broken && id === catches ? 'broken' : undefined))
  const unit: Pick<Unit, 'plan' | 'up'> = {
    plan: async () => ({ state: 'x', steps: plans ? [{ action: 'update', subject: 'x' }] : [] }),
    async up() {
      state.ups += 1
      if (mends) state.broken = false
      return { summary: 'up' }
    },
  }
  const mutation: WithChanges<Mutation> = {
    ...{ kind: 'mutation', id: 'm', name: 'it is broken', caughtBy: 'b', changes: ['fake'] },
    async break() {
      state.broken = true
    },
  }
  const work = drillWork({ unit, prepareChecks: async () => ({ checks: now(), closed: async () => {} }) })
  return { state, mutation, work }
}

for (const [what, kind, expected] of [
  ['caught and repaired', {}, { outcome: 'passed', caughtBy: 'b', ups: 1 }],
  ['caught by another check first', { catches: 'a' }, { outcome: 'failed', caughtBy: 'a', ups: 1 }],
  [
    'not seen by `up`',
    { plans: false },
    { outcome: 'failed', caughtBy: 'b', ups: 0, expectedMessage: /does not repair it/ },
  ],
  [
    'not repaired by `up`',
    { mends: false },
    { outcome: 'failed', caughtBy: 'b', ups: 1, expectedMessage: /do not pass again.*b: broken/ },
  ],
] as const) {
  drill(`a mutation that is ${what} is ${expected.outcome}`, async () => {
    const { state, mutation, work } = system(kind)
    const [found] = await runRound(work, [mutation], checks, limits)
    assert.equal([found?.outcome, found?.caughtBy, state.ups], [expected.outcome, expected.caughtBy, expected.ups])
    if ('expectedMessage' in expected) assert.match(found?.message ?? '', expected.expectedMessage)
  })
}

drill('told to stop in the middle, what is broken is repaired all the same', async () => {
  const { state, mutation, work } = system({})
  const stop = new AbortController()
  const damage = mutation.break
  const interrupted = {
    ...mutation,
    async break(context: Parameters<typeof damage>[0]) {
      await damage(context)
      stop.abort('SIGINT')
    },
  }
  const [found] = await runRound({ ...work, stop: stop.signal }, [interrupted], checks, limits)
  assert.equal([state.broken, state.ups, found?.outcome], [false, 1, 'failed'])
})

drill('told to stop while it breaks, the repair waits for the damage', async () => {
  const { state, mutation, work } = system({})
  const stop = new AbortController()
  const interrupted = {
    ...mutation,
    async break() {
      stop.abort('SIGINT')
      await sleep(100)
      state.broken = true
    },
  }
  const [found] = await runRound({ ...work, stop: stop.signal }, [interrupted], checks, limits)
  assert.equal([state.broken, state.ups, found?.outcome], [false, 1, 'failed'])
  assert.match(found?.message ?? '', /SIGINT/)
})

drill('a mutation that was seen has failed all the same when what it made can not be taken away', async () => {
  const { mutation, work } = system({})
  const api = {
    request: async () => ({ status: 200, headers: {}, body: '{"items":[]}' }),
    create: async (object: Manifest) => object,
    collectionOf: async () => '/x',
    pathOf: async () => '/x/made',
    async delete() {
      throw new Error('it is held')
    },
  }
  const damage = mutation.break
  const making = {
    ...mutation,
    async break(proof: Parameters<typeof damage>[0]) {
      await proof.temporary({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'made', namespace: 'n' } })
      await damage(proof)
    },
  }
  const [found] = await runRound({ ...work, session: { api, kubectl: {} } as never }, [making], checks, limits)
  assert.equal([found?.caughtBy, found?.outcome], ['b', 'failed'])
  assert.match(found?.message ?? '', /after it was broken: .*it is held/)
})

for (const [what, outcomes, expected] of [
  ['nothing but skipped ones', ['skipped', 'skipped'], /nothing was drilled.*nobody has it/],
  ['no drill at all', [], /nothing was drilled/],
  ['one that was drilled', ['skipped', 'passed'], undefined],
] as const) {
  drill(`of a run with ${what}: ${expected ? 'it failed' : 'its own result'}`, () => {
    const head = { component: 'c', id: 'm', name: 'x', kind: 'mutation', ms: 0, message: 'nobody has it' } as const
    const error = nothingDrilled(outcomes.map((outcome) => ({ ...head, outcome })))
    if (expected) assert.match(error?.message ?? '', expected)
    else assert.is(error, undefined)
  })
}

drill(
  'mutations of one round share what makes them take effect, one repair, and each has a verdict of its own',
  async () => {
    const broken = new Set<string>()
    let [effects, ups] = [0, 0]
    const now = () =>
      ['a', 'b', 'c'].map((id) => fakeCheck(id, broken.has(id) && id !== 'c' ? `${id} is broken` : undefined))
    const unit: Pick<Unit, 'plan' | 'up'> = {
      plan: async () => ({ state: 'x', steps: [{ action: 'update', subject: 'x' }] }),
      async up() {
        ups += 1
        broken.clear()
        return { summary: 'up' }
      },
    }
    const takeEffect = async () => {
      effects += 1
    }
    const mutations = ['a', 'b', 'c'].map(
      (id): WithChanges<Mutation> => ({
        ...{ kind: 'mutation', id, name: id, caughtBy: id, changes: [`fake/${id}`], takeEffect },
        break: async () => void broken.add(id),
      }),
    )
    const work = drillWork({ unit, prepareChecks: async () => ({ checks: now(), closed: async () => {} }) })
    const seeing = ['a', 'b', 'c'].map((id) => ({ id, dependsOn: [`fake/${id}`] }))
    const found = await runRound(work, mutations, seeing, { ...limits, detectMs: 100 })
    assert.equal([found.map(({ outcome }) => outcome), effects, ups], [['passed', 'passed', 'failed'], 1, 1])
    assert.match(found[2]?.message ?? '', /no check up to c failed/)
  },
)

drill('nothing is broken while a check that would judge it fails', async () => {
  const { state, mutation, work } = system({})
  state.broken = true
  const [found] = await runRound(work, [mutation], checks, { ...limits, recoverMs: 0 })
  assert.equal([found?.outcome, state.ups], ['failed', 0])
  assert.match(found?.message ?? '', /not made: checks fail before it: b: broken/)
})

drill('a restart is survived when the checks pass again and what was left is there', async () => {
  const work = drillWork({ prepareChecks: async () => ({ checks: [fakeCheck('a')], closed: async () => {} }) })
  const head = {
    kind: 'restart',
    id: 'r',
    name: 'a pod is deleted',
    changes: ['fake'],
    disturb: async () => 42,
  } as const
  const good = await runRestart(work, { ...head, check: async (_, left) => `read ${left}` }, checks, limits)
  assert.equal([good.outcome, good.message], ['passed', 'read 42'])
  const check = async () => {
    throw new Error('the row is gone')
  }
  assert.match((await runRestart(work, { ...head, check }, checks, limits)).message ?? '', /the row is gone/)
})

for (const [what, settings, given, refused] of [
  ['the embedded cluster', { TARGET: 'embedded' }, undefined, false],
  ['a context without its name', { TARGET: 'context', KUBE_CONTEXT: 'prod' }, undefined, true],
  ['a context with another name', { TARGET: 'context', KUBE_CONTEXT: 'prod' }, 'stage', true],
  ['a context without a name at all', { TARGET: 'context' }, '', true],
  ['a context by its name', { TARGET: 'context', KUBE_CONTEXT: 'prod' }, 'prod', false],
] as const) {
  drill(`${what} is ${refused ? 'left alone' : 'drilled'}`, () => {
    const call = () => requireConsent(settings, { yesDisrupt: given })
    if (!refused) return call()
    assert.throws(
      call,
      ({ exitCode, hint }: { exitCode: number; hint: string }) => exitCode === 2 && /--yes-/.test(hint),
    )
  })
}

drill('the document matches its schema, the table names what went wrong, JUnit has a case for each', () => {
  const drills = [
    {
      component: 'c',
      id: 'm',
      name: 'x',
      kind: 'mutation',
      outcome: 'passed',
      ms: 9,
      expected: 'a',
      caughtBy: 'a',
      detectedMs: 1200,
      recoveredMs: 3400,
    },
    {
      component: 'c',
      id: 'n',
      name: 'y',
      kind: 'mutation',
      outcome: 'failed',
      ms: 9,
      expected: 'b',
      message: 'not seen',
    },
  ] as const
  const found = { drills: [...drills], checksWithoutDrill: [{ component: 'c', check: 'z' }], problems: [] }
  const target = { kind: 'embedded', cluster: 'x' } as const
  documents.drill.parse({ verb: 'drill', runId: 'r', target, exitCode: 1, ok: false, ...found })
  const text = formatDrills(found, false)
  assert.match(text, /✓ c +m +a +1\.2s +3\.4s/)
  assert.match(text, /failed: c n: not seen\nfailed: c: no mutation catches z\n1 drills passed, 2 failed\n$/)
  assert.match(formatJunit(drillSuites(found)), /tests="3" failures="2"/)
})

drill("each of the engine's own checks has a mutation", () => {
  assert.equal(generalMutationIds.map(({ caughtBy }) => caughtBy).sort(), [...generalCheckIds].sort())
})

drill('the general mutations go to the first component that has what they break', () => {
  const object = (kind: string, spec = {}): Manifest => ({ apiVersion: 'v1', kind, metadata: { name: kind }, spec })
  const observed = (wanted: Manifest) => ({ wanted, live: wanted, path: '/x' })
  const claim = { template: { spec: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] } } }
  const found = generalDrills([
    { component: 'ingress', objects: [observed(object('Deployment')), observed(object('Ingress'))] },
    { component: 'monitoring', objects: [observed(object('Deployment', claim))] },
  ])
  const ids = (name: string) => found.get(name)?.map(({ id }) => id)
  assert.equal(ids('ingress'), ['release-failed', 'workload-image', 'ingress-class'])
  assert.equal(ids('monitoring'), ['claim-name'])
})

for (const { name, directory } of discoverUnits(repositoryRoot).filter(({ isComponent }) => isComponent)) {
  drill(`every check of ${name} has a mutation that it must catch, and every mutation a check`, async () => {
    const component = await loadComponent(directory)
    const [checks, drills] = await Promise.all([loadChecks(component), loadDrills(component)])
    assert.equal(uncaughtChecks(checks, drills), [])
    assert.equal(unknownChecks([...checks, ...generalCheckIds.map((id) => ({ id }))], drills), [])
    assert.equal(
      checks.filter(({ timeoutMs, hint }) => !(timeoutMs > 0) || !hint),
      [],
    )
  })
}

drill('there are at least 15 mutations in all', async () => {
  const components = discoverUnits(repositoryRoot).filter(({ isComponent }) => isComponent)
  const all = (await Promise.all(components.map(loadDrills))).flat().filter(({ kind }) => kind === 'mutation')
  if (components.length < 4) return // while they are being made
  assert.ok(all.length >= 15, `${all.length} mutations`)
})

drill.run()
