import { existsSync, rmSync } from 'node:fs'
import { CommandError, type PlatformError, type RunOptions } from '@platform/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withOwnCluster } from '../src/bench/own-cluster.ts'
import { ownEnvironment } from '../src/bench/own-environment.ts'
import { fakeRunner } from './fake-runner.ts'

const test = suite('a cluster of its own')
const env = {
  HOME: '/home/someone',
  CACHE_DIR: '/cache',
  NODE_SUBNET: '10.9.8.0/24',
  INGRESS_PORT: '80',
  RUN_DIR: '/run',
}

/** A machine on which `down` ends as told; what was said and asked there. */
function machine(downEnds = 0) {
  const said: string[] = []
  const asked: RunOptions[] = []
  const runner = fakeRunner((_, options) => {
    asked.push(options)
    return { exitCode: downEnds, stderr: downEnds ? 'LOCKED: someone holds it' : '' }
  })
  return { said, asked, runner, options: { env, runner, say: (line: string) => said.push(line) } }
}

const failed = (promise: Promise<unknown>) =>
  promise.then(
    () => assert.unreachable('expected an error'),
    (error: unknown) => error,
  )

test('work that passes: the cluster is removed, with its folder', async () => {
  const { runner, options, said, asked } = machine()
  const folder = await withOwnCluster(options, async ({ settings }) => {
    assert.ok(existsSync(settings.stateDir))
    assert.is(settings.NODE_SUBNET, undefined)
    return settings.stateDir
  })
  assert.equal(runner.commands, ['node --import tsx scripts/down.ts cluster --purge'])
  assert.equal([asked[0]?.env?.STATE_DIR, asked[0]?.signal], [folder, undefined])
  assert.not(existsSync(folder))
  assert.equal(said, [])
})

test('work that failed: taken down all the same, and its error is what is thrown', async () => {
  const { runner, options } = machine()
  let folder = ''
  const error = await failed(
    withOwnCluster(options, async ({ settings }) => {
      folder = settings.stateDir
      throw new Error('interrupted')
    }),
  )
  assert.is((error as Error).message, 'interrupted')
  assert.is(runner.commands.length, 1)
  assert.not(existsSync(folder))
})

for (const [what, work] of Object.entries({
  'the work passed': async () => {},
  'the work failed': async () => {
    throw new Error('interrupted')
  },
})) {
  test(`${what} and it can not be taken down: its state stays, and where is said`, async () => {
    const { options, said } = machine(1)
    let folder = ''
    const error = (await failed(
      withOwnCluster(options, ({ settings }) => {
        folder = settings.stateDir
        return work()
      }),
    )) as Error
    assert.ok(existsSync(folder))
    rmSync(folder, { recursive: true })
    const all = [error.message, ...said].join('\n')
    for (const part of [folder, 'LOCKED', 'CLUSTER_NAME=bench', 'pnpm run down cluster --purge'])
      assert.match(all, part)
    if (error.message !== 'interrupted') assert.is((error as PlatformError).code, 'CLUSTER_NOT_REMOVED')
    assert.not.instance(error, CommandError)
  })
}

test('of the settings of a person only those of the machine apply', () => {
  const own = ownEnvironment(
    { ...env, DEBIAN_MIRROR: 'http://mirror.example/debian', IMAGE_ARCHIVES: 'a.tar,b' },
    { CLUSTER_NAME: 'own', STATE_DIR: '/state' },
  )
  const given = Object.entries(own).filter(([, value]) => value !== undefined)
  assert.equal(Object.fromEntries(given), {
    ENV_FILE: '/dev/null',
    CACHE_DIR: '/cache',
    DEBIAN_MIRROR: 'http://mirror.example/debian',
    IMAGE_ARCHIVES: 'a.tar,b',
    CLUSTER_NAME: 'own',
    STATE_DIR: '/state',
  })
  for (const name of ['NODE_SUBNET', 'INGRESS_PORT', 'TARGET', 'RUN_DIR']) assert.ok(name in own, name)
})

test.run()
