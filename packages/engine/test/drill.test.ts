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
import { loadDrills, uncaughtChecks, unknownChecks } from '../src/drill/load-drills.ts'
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

for (const [situation, checks, expected] of [
  ['none fails', [fakeCheck('a'), fakeCheck('b')], undefined],
  ['one fails', [fakeCheck('a'), fakeCheck('b', 'broken')], 'b'],
  ['two fail, and the first one is slower', [fakeCheck('a', 'slow', 80), fakeCheck('b', 'fast')], 'a'],
  ['one is skipped', [fakeCheck('a', 'skip'), fakeCheck('b', 'broken')], 'b'],
] as const) {
  drill(`the first failed check in order: ${situation}`, async () => {
    assert.is((await firstOf(checks, never))?.id, expected)
  })
}

drill('checks after the wanted one do not run; the others repeat until one fails', async () => {
  let rounds = 0
  const executed: string[] = []
  const found = await firstFailing(
    async () => {
      rounds += 1
      return {
        checks: [
          fakeCheck('a'),
          fakeCheck('b', rounds > 1 ? 'broken' : undefined),
          fakeCheck('c', 'never', 0, executed),
        ],
        closed: async () => {},
      }
    },
    { last: 'b', withinMs: 5000, signal: never },
  )
  assert.equal([found?.id, rounds, executed], ['b', 2, []])
})

drill('a check that fails with another message than the expected one runs again', async () => {
  let rounds = 0
  const run = async () => {
    rounds += 1
    return { checks: [fakeCheck('a', rounds > 1 ? 'grafana is gone' : 'mysql is gone')], closed: async () => {} }
  }
  const found = await firstFailing(run, { last: 'a', expectedMessage: /grafana/, withinMs: 5000, signal: never })
  assert.equal([found?.message, rounds], ['grafana is gone', 2])
})

drill('checks that do not pass in time are returned; only wanted checks run', async () => {
  const executed: string[] = []
  const run = async () => ({
    checks: [
      fakeCheck('a', undefined, 0, executed),
      fakeCheck('b', 'still broken', 0, executed),
      fakeCheck('c', 'x', 0, executed),
    ],
    closed: async () => {},
  })
  const failing = await untilAllPass(run, { withinMs: 0, signal: never, wanted: (id) => id !== 'c' })
  assert.equal([failing.map(({ id, message }) => [id, message]), executed], [[['b', 'still broken']], ['a', 'b']])
})

const result = (id: string, message = 'why'): CheckResult => ({ id, name: id, outcome: 'failed', ms: 1, message })
for (const [check, first, problem] of [
  ['the expected check', result('datasource'), undefined],
  ['another check', result('release'), /release failed before datasource: why/],
  [
    'the expected check with another message',
    result('datasource', 'no answer'),
    /failed, but its message does not match .*no answer/,
  ],
  ['no check', undefined, /no check up to datasource failed within 30 s/],
] as const) {
  drill(`a mutation that ${check} catches first ${problem ? 'fails' : 'passes'}`, () => {
    const found = verdict({ caughtBy: 'datasource', expectedMessage: /why/ }, first, 30_000)
    if (problem) assert.match(found ?? '', problem)
    else assert.is(found, undefined)
  })
}

const timeouts = { detectMs: 2000, breakMs: 2000, recoverMs: 1500 }
const checks = ['a', 'b', 'c'].map((id) => ({ id, dependsOn: ['fake'] }))

/** A system that a mutation breaks and `up` repairs. */
function system({
  plans = true,
  repairs = true,
  catches = 'b',
}: {
  plans?: boolean
  repairs?: boolean
  catches?: string
}) {
  const state = { broken: false, ups: 0 }
  const now = () => ['a', 'b'].map((id) => fakeCheck(id, state.broken && id === catches ? 'broken' : undefined))
  const unit: Pick<Unit, 'plan' | 'up'> = {
    plan: async () => ({ state: 'x', steps: plans ? [{ action: 'update', subject: 'x' }] : [] }),
    async up() {
      state.ups += 1
      if (repairs) state.broken = false
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

for (const [situation, options, expected] of [
  ['caught and repaired', {}, { outcome: 'passed', caughtBy: 'b', ups: 1 }],
  ['caught by another check first', { catches: 'a' }, { outcome: 'failed', caughtBy: 'a', ups: 1 }],
  [
    'not in the plan of `up`',
    { plans: false },
    { outcome: 'failed', caughtBy: 'b', ups: 0, expectedMessage: /does not repair it/ },
  ],
  [
    'not repaired by `up`',
    { repairs: false },
    { outcome: 'failed', caughtBy: 'b', ups: 1, expectedMessage: /do not pass again.*b: broken/ },
  ],
] as const) {
  drill(`a mutation that is ${situation} has the outcome ${expected.outcome}`, async () => {
    const { state, mutation, work } = system(options)
    const [found] = await runRound(work, [mutation], checks, timeouts)
    assert.equal([found?.outcome, found?.caughtBy, state.ups], [expected.outcome, expected.caughtBy, expected.ups])
    if ('expectedMessage' in expected) assert.match(found?.message ?? '', expected.expectedMessage)
  })
}

drill('an interrupted mutation is repaired', async () => {
  const { state, mutation, work } = system({})
  const stop = new AbortController()
  const breakIt = mutation.break
  const interrupted = {
    ...mutation,
    async break(context: Parameters<typeof breakIt>[0]) {
      await breakIt(context)
      stop.abort('SIGINT')
    },
  }
  const [found] = await runRound({ ...work, stop: stop.signal }, [interrupted], checks, timeouts)
  assert.equal([state.broken, state.ups, found?.outcome], [false, 1, 'failed'])
})

drill('after an interrupt the repair waits for a pending break', async () => {
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
  const [found] = await runRound({ ...work, stop: stop.signal }, [interrupted], checks, timeouts)
  assert.equal([state.broken, state.ups, found?.outcome], [false, 1, 'failed'])
  assert.match(found?.message ?? '', /SIGINT/)
})

drill('a caught mutation fails when its temporary objects cannot be deleted', async () => {
  const { mutation, work } = system({})
  const api = {
    request: async () => ({ status: 200, headers: {}, body: '{"items":[]}' }),
    create: async (object: Manifest) => object,
    collectionOf: async () => '/x',
    pathOf: async () => '/x/made',
    async delete() {
      throw new Error('held by a finalizer')
    },
  }
  const breakIt = mutation.break
  const withTemporary = {
    ...mutation,
    async break(proof: Parameters<typeof breakIt>[0]) {
      await proof.temporary({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'made', namespace: 'n' } })
      await breakIt(proof)
    },
  }
  const [found] = await runRound({ ...work, session: { api, kubectl: {} } as never }, [withTemporary], checks, timeouts)
  assert.equal([found?.caughtBy, found?.outcome], ['b', 'failed'])
  assert.match(found?.message ?? '', /after the break: .*held by a finalizer/)
})

for (const [drills, outcomes, expected] of [
  ['only skipped drills', ['skipped', 'skipped'], /no drill ran.*no provider/],
  ['no drills', [], /no drill ran/],
  ['one executed drill', ['skipped', 'passed'], undefined],
] as const) {
  drill(`a run with ${drills} ${expected ? 'fails' : 'may pass'}`, () => {
    const head = { component: 'c', id: 'm', name: 'x', kind: 'mutation', ms: 0, message: 'no provider' } as const
    const error = nothingDrilled(outcomes.map((outcome) => ({ ...head, outcome })))
    if (expected) assert.match(error?.message ?? '', expected)
    else assert.is(error, undefined)
  })
}

drill('mutations of one round share takeEffect and one repair, and each has its own result', async () => {
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
  const scopes = ['a', 'b', 'c'].map((id) => ({ id, dependsOn: [`fake/${id}`] }))
  const found = await runRound(work, mutations, scopes, { ...timeouts, detectMs: 100 })
  assert.equal([found.map(({ outcome }) => outcome), effects, ups], [['passed', 'passed', 'failed'], 1, 1])
  assert.match(found[2]?.message ?? '', /no check up to c failed/)
})

drill('a mutation does not run while one of its checks fails', async () => {
  const { state, mutation, work } = system({})
  state.broken = true
  const [found] = await runRound(work, [mutation], checks, { ...timeouts, recoverMs: 0 })
  assert.equal([found?.outcome, state.ups], ['failed', 0])
  assert.match(found?.message ?? '', /not run: checks fail before it: b: broken/)
})

drill("a restart passes when the checks pass again and the drill's own check passes", async () => {
  const work = drillWork({ prepareChecks: async () => ({ checks: [fakeCheck('a')], closed: async () => {} }) })
  const head = {
    kind: 'restart',
    id: 'r',
    name: 'a pod is deleted',
    changes: ['fake'],
    disturb: async () => 42,
  } as const
  const good = await runRestart(work, { ...head, check: async (_, disturbed) => `read ${disturbed}` }, checks, timeouts)
  assert.equal([good.outcome, good.message], ['passed', 'read 42'])
  const check = async () => {
    throw new Error('the row is missing')
  }
  assert.match((await runRestart(work, { ...head, check }, checks, timeouts)).message ?? '', /the row is missing/)
})

for (const [target, settings, named, refused] of [
  ['the embedded cluster', { TARGET: 'embedded' }, undefined, false],
  ['a context without its name', { TARGET: 'context', KUBE_CONTEXT: 'prod' }, undefined, true],
  ['a context with another name', { TARGET: 'context', KUBE_CONTEXT: 'prod' }, 'stage', true],
  ['a context without a name at all', { TARGET: 'context' }, '', true],
  ['a context by its name', { TARGET: 'context', KUBE_CONTEXT: 'prod' }, 'prod', false],
] as const) {
  drill(`drilling ${target} is ${refused ? 'refused' : 'allowed'}`, () => {
    const call = () => requireConsent(settings, { yesDisrupt: named })
    if (!refused) return call()
    assert.throws(
      call,
      ({ exitCode, hint }: { exitCode: number; hint: string }) => exitCode === 2 && /--yes-/.test(hint),
    )
  })
}

drill('the document matches its schema, the table has the failures, JUnit has a case for each drill', () => {
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
      message: 'not caught',
    },
  ] as const
  const found = { drills: [...drills], checksWithoutDrill: [{ component: 'c', check: 'z' }], problems: [] }
  const target = { kind: 'embedded', cluster: 'x' } as const
  documents.drill.parse({ verb: 'drill', runId: 'r', target, exitCode: 1, ok: false, ...found })
  const text = formatDrills(found, false)
  assert.match(text, /✓ c +m +a +1\.2s +3\.4s/)
  assert.match(text, /failed: c n: not caught\nfailed: c: no mutation catches z\n1 drills passed, 2 failed\n$/)
  assert.match(formatJunit(drillSuites(found)), /tests="3" failures="2"/)
})

drill('each general check has a mutation', () => {
  assert.equal(generalMutationIds.map(({ caughtBy }) => caughtBy).sort(), [...generalCheckIds].sort())
})

drill('a general mutation runs on the first component that has a suitable object', () => {
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
  drill(`every check of ${name} has a mutation, and every mutation an existing check`, async () => {
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

drill('there are at least 15 mutations', async () => {
  const components = discoverUnits(repositoryRoot).filter(({ isComponent }) => isComponent)
  const all = (await Promise.all(components.map(loadDrills))).flat().filter(({ kind }) => kind === 'mutation')
  if (components.length < 4) return // some components are missing
  assert.ok(all.length >= 15, `${all.length} mutations`)
})

drill.run()
