import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Api, createTarget, openApi, type PodObject } from '@platform/cluster'
import { type CheckResult, environment, repositoryRoot, systemRunner } from '@platform/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { DrillResult } from '../../src/drill/work.ts'
import { applying, type Variant, variant } from '../support/applying.ts'
import { cluster } from './cluster.ts'

// verify and drill on a component of their own, in processes that can be killed.
const test = suite('verify and drill of a component')

export { test as verify }

const main = fileURLToPath(new URL('../support/verify-main.ts', import.meta.url))
const variants: Variant[] = []
let api: Api

const make = () => {
  const made = variant()
  variants.push(made)
  return made
}
const probe = make()

function start(verb: 'verify' | 'drill', from: Variant) {
  const child = spawn(process.execPath, ['--import', 'tsx', main, verb, from.file], {
    cwd: repositoryRoot,
    env: { ...environment(), ...cluster.env, RUN_DIR: undefined },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  const ended = new Promise<string>((resolve) => child.on('close', () => resolve(text)))
  return { child, ended, text: () => text }
}

async function result<T>(verb: 'verify' | 'drill', from: Variant): Promise<T> {
  const text = await start(verb, from).ended
  return JSON.parse(text.trim().split('\n').at(-1) ?? '{}') as T
}

const checksOf = async (from = probe) => (await result<{ checks: CheckResult[] }>('verify', from)).checks
const told = (checks: readonly CheckResult[]) => checks.map(({ id, outcome }) => `${id} ${outcome}`)
const madeByVerify = () => api.list<PodObject>('/api/v1/pods', { labels: 'platform.local/made-by=verify' })
const alive = async () =>
  (await madeByVerify()).filter(({ metadata }) => !(metadata as { deletionTimestamp?: string }).deletionTimestamp)

async function until<T>(what: string, ask: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (let i = 0; i < 240; i += 1) {
    const answer = await ask()
    if (answer) return answer
    await sleep(250)
  }
  throw new Error(`waited for ${what}`)
}

/** A check that makes a pod and then takes its time. */
const slowCheck = `
import { defineChecks } from '../../../src/component/check.ts'
export const checks = defineChecks([
  {
    id: 'slow', name: 'it takes its time', timeoutMs: 120_000, hint: 'wait',
    async run(context) {
      const containers = [{ name: 'c', image: 'docker.io/library/busybox:1.37.0', command: ['sleep', '600'] }]
      const metadata = { generateName: 'probe-slow-' }
      await context.temporary({ apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers, terminationGracePeriodSeconds: 0 } } as never)
      await context.until('the end', async () => undefined)
      return ''
    },
  },
])
`

// A row and no hook: what a hook throws fails nothing.
test('a cluster is up, with a component on it', async () => {
  await cluster.pnpmDone(['up', 'cluster'])
  const target = await createTarget(cluster.settings, { runner: systemRunner, emit: () => {} })
  api = await openApi(await target.access())
  const { code, text } = await applying(cluster, ['up', probe.file]).ended
  assert.is(code, 0, text)
})
test.after(() => {
  for (const made of variants) made.remove()
  api?.close()
})

test('general checks come first; what it has nothing of is not asked', async () => {
  assert.equal(told(await checksOf()), ['release passed', 'claims passed', 'workloads passed', 'page passed'])
})

test('a check whose capability nobody provides is skipped, and says which', async () => {
  const needy = make()
  needy.edit('src/checks.ts', (text) => text.replace("id: 'page',", "id: 'page', needs: ['prometheus'],"))
  const checks = await checksOf(needy)
  assert.is(told(checks).at(-1), 'page skipped')
  assert.match(checks.at(-1)?.message ?? '', /no deployed component provides prometheus/)
})

for (const signal of ['SIGKILL', 'SIGINT'] as const) {
  test(`what a check made is gone after ${signal}${signal === 'SIGKILL' ? ', with the next verify' : ''}`, async () => {
    const slow = make()
    slow.edit('src/checks.ts', () => slowCheck)
    const { child, ended } = start('verify', slow)
    await until('its pod', async () => (await madeByVerify()).length || undefined)
    child.kill(signal)
    await ended
    if (signal === 'SIGKILL') {
      assert.is((await alive()).length, 1, 'killed, it could not take its pod away')
      await checksOf()
    }
    assert.is((await alive()).length, 0)
  })
}

test('a mutation is caught by its check, and repaired by up', async () => {
  const { drills } = await result<{ drills: DrillResult[] }>('drill', probe)
  assert.equal(
    drills.map(({ id, outcome, caughtBy }) => [id, outcome, caughtBy]),
    [['wrong-selector', 'passed', 'page']],
  )
  assert.ok(told(await checksOf()).every((each) => each.endsWith(' passed')))
})

test('a mutation that `up` can not see is a failure of the drill', async () => {
  const blind = make()
  const add = `await api.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'beside', namespace: 'probe' } } as never)`
  blind.edit('src/drills.ts', (text) => text.replace(/await api\.patch\([\s\S]*?\}\)\n/, `${add}\n`))
  const { drills } = await result<{ drills: DrillResult[] }>('drill', blind)
  assert.is(drills[0]?.outcome, 'failed')
  assert.match(drills[0]?.message ?? '', /no check up to page failed within 30 s.*`up` does not repair it/)
  await api.delete('/api/v1/namespaces/probe/configmaps/beside')
})

test('told to stop while it is broken, it is repaired all the same', async () => {
  const { child, ended, text } = start('drill', probe)
  await until('the damage', () => /broken; waiting for page/.test(text()) || undefined)
  child.kill('SIGINT')
  await ended
  assert.ok(told(await checksOf()).every((each) => each.endsWith(' passed')))
})

test('it is removed for the tests that follow', async () => {
  const { code, text } = await applying(cluster, ['down', probe.file, 'purge']).ended
  assert.is(code, 0, text)
  assert.is(await api.find('/api/v1/namespaces/probe'), undefined)
})
