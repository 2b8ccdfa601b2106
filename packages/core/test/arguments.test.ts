import { createRequire } from 'node:module'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseArguments, type VerbArguments } from '../src/arguments.ts'
import type { PlatformError } from '../src/index.ts'

const { decide } = createRequire(import.meta.url)('../src/pnpm-up.cjs')
const args = suite('arguments')
const none: VerbArguments = {
  ...{ names: [], json: false, dryRun: false, purge: false, deps: true },
  ...{ junit: undefined, only: undefined, yesDisrupt: undefined },
}

for (const [verb, words, expected] of [
  ['up', ['all'], { names: ['all'] }],
  [
    'up',
    ['grafana', '--json', '--dry-run', '--no-deps'],
    { names: ['grafana'], json: true, dryRun: true, deps: false },
  ],
  ['up', ['--', 'all', '--json'], { names: ['all'], json: true }],
  ['down', ['all', '--purge'], { names: ['all'], purge: true }],
  ['down', ['a', '--no-deps', '--junit', 'r.xml'], { names: ['a'], deps: false, junit: 'r.xml' }],
  ['up', ['a', '--junit', 'r.xml'], { names: ['a'], junit: 'r.xml' }],
  ['up', [], { names: [] }],
  ['verify', [], { names: ['all'] }],
  ['verify', ['--json'], { names: ['all'], json: true }],
  ['drill', ['grafana', '--only', 'x', '--yes-disrupt', 'prod'], { names: ['grafana'], only: 'x', yesDisrupt: 'prod' }],
  ['verify', ['a', '--proof', 'limits'], { names: ['a'], proof: 'limits' }],
  ['verify', ['--contract'], { names: ['all'], proof: 'contract' }],
  ['verify', ['a', 'b', '--junit', 'r.xml'], { names: ['a', 'b'], junit: 'r.xml' }],
] as const) {
  args(`${verb} ${words.join(' ')}`, async () => {
    assert.equal(await parseArguments(verb, words), { ...none, ...expected })
  })
}

for (const [verb, words] of [
  ['up', ['all', '--purge']],
  ['plan', ['all', '--junit', 'x']],
  ['verify', ['all', '--junit']],
  ['verify', ['all', '--write']],
  ['up', ['all', '--proof', 'limits']],
  ['down', ['all', '--bogus']],
] as const) {
  args(`${verb} ${words.join(' ')} is refused`, async () => {
    try {
      await parseArguments(verb, words)
    } catch (error) {
      const { code, exitCode, message } = error as PlatformError
      assert.equal([code, exitCode], ['INVALID_ARGUMENTS', 2])
      assert.ok(message.includes(words[1]), message)
      return
    }
    assert.unreachable()
  })
}

args('--help returns the help text', async () => {
  const answer = await parseArguments('down', ['--help'])
  assert.ok('help' in answer && answer.help.includes('--purge'))
})

const vocabulary = { units: ['all', 'cluster', 'grafana'], dependencies: ['zx', '@types/node', '@platform/core'] }

for (const [words, expected] of [
  ['up all', { words: ['all'] }],
  ['-s up all', { words: ['all'] }],
  ['-C /some/where up cluster grafana', { words: ['cluster', 'grafana'] }],
  ['--dir=/some/where --color up all', { words: ['all'] }],
  ['up all -- --dry-run --json', { words: ['all', '--dry-run', '--json'] }],
  ['up zx', undefined],
  ['up zx@latest @types/node@20', undefined],
  ['up -r --latest zx', undefined],
  ['--filter @platform/core up zx', undefined],
  ['up @types/*', undefined],
  ['update', undefined],
  ['update all', undefined],
  ['run up all', undefined],
  ['install', undefined],
  ['', undefined],
] as const) {
  args(`pnpm ${words}: ${expected ? 'brings up' : 'is left to pnpm'}`, () => {
    assert.equal(decide(words.split(' ').filter(Boolean), vocabulary), expected)
  })
}

for (const [words, expected] of [
  ['up', /needs a name.*pnpm up all.*pnpm update/],
  ['up -r', /needs a name/],
  ['up grafna', /grafna: neither a component nor a dependency.*pnpm update grafna/],
  ['up grafana zx', /in one call.*pnpm up grafana .*pnpm update zx/],
  ['up all --latest', /--latest is an option of pnpm's update/],
  ['--filter @platform/core up all', /--filter @platform\/core is an option/],
] as const) {
  args(`pnpm ${words}: is refused, and the hint shows both meanings`, () => {
    const { message, hint } = decide(words.split(' '), vocabulary)
    assert.match(`${message} ${hint}`, expected)
  })
}

args.run()
