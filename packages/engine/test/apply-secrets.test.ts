import type { Api, KubeObject } from '@platform/cluster'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Component } from '../src/component/component.ts'
import type { SecretDefinition } from '../src/component/secret.ts'
import { applySecrets, type SecretWork } from '../src/secrets/apply-secrets.ts'
import { readSecrets } from '../src/secrets/read-secrets.ts'
import { settingsOf } from './support.ts'

const test = suite('putting Secrets')

type Stored = KubeObject & { data?: Record<string, string> }
const core = '/api/v1/namespaces/n'
const at = `${core}/secrets/login`
const generated: SecretDefinition = { name: 'login', keys: { password: { generate: true } } }
const base64 = (text: string) => Buffer.from(text).toString('base64')

/** An API server with one Secret, its volume, and the pods that have it; pods that are deleted come again. */
function cluster(definition: SecretDefinition = generated) {
  let claim = false
  let secret: Stored | undefined
  let pods = ['one']
  let made = 0
  const writes: string[] = []
  const api = {
    find: async (path: string) => {
      if (path === at) return secret
      return claim && path.endsWith('/persistentvolumeclaims/data') ? { metadata: {} } : undefined
    },
    list: async () =>
      pods.map((uid) => ({
        metadata: { name: 'web-0', uid },
        spec: { volumes: [{ secret: { secretName: 'login' } }] },
        status: { conditions: [{ type: 'Ready', status: 'True' }] },
      })),
    apply: async (object: Stored) => {
      writes.push('write')
      secret = object
    },
    patch: async (_: string, { metadata }: { metadata: { annotations: Record<string, null> } }) => {
      writes.push('note')
      const left = Object.entries(secret?.metadata.annotations ?? {}).filter(([key]) => !(key in metadata.annotations))
      if (secret) secret = { ...secret, metadata: { ...secret.metadata, annotations: Object.fromEntries(left) } }
    },
    delete: async (path: string) => {
      writes.push(`delete ${path.slice(core.length + 1)}`)
      made += 1
      pods = [`again-${made}`]
    },
    request: async () => ({ status: 200, body: '{"items":[]}' }),
  }
  const component = { name: 'c', namespace: 'n', release: 'r', directory: '/', secrets: [definition] } as Component
  const settings = settingsOf()
  const put = (chart: object = { kind: 'own' }) =>
    applySecrets({
      ...{ component, signal: new AbortController().signal, desired: { chart } },
      session: { api },
      context: { settings, emit: () => {} },
    } as unknown as SecretWork)
  return {
    ...{ put, writes },
    edit: (text: string) => {
      if (secret) secret = { ...secret, data: { ...secret.data, password: base64(text) } }
    },
    forget: () => {
      if (secret) secret = { ...secret, metadata: { ...secret.metadata, annotations: {} } }
    },
    makeVolume: () => {
      claim = true
    },
    replacePods: (...uids: string[]) => {
      pods = uids
    },
    look: async () => {
      const [wanted] = await readSecrets(api as unknown as Api, settings, component)
      if (!wanted) throw new Error('there is one definition')
      return wanted
    },
  }
}
const done = async (put: ReturnType<typeof cluster>['put']) => {
  const secrets = await put()
  await secrets.restart()
  await secrets.changeLate()
}

test('a chart that is not ours gets none of ours, and none of its own is touched', async () => {
  const { put, writes } = cluster()
  const secrets = await put({ kind: 'path', path: '/theirs' })
  await secrets.restart()
  await secrets.changeLate()
  assert.equal(writes, [])
})
test('a run that is killed before it replaced the pods leaves that to the next one', async () => {
  const { put, look, writes } = cluster()
  await put()
  assert.equal((await look()).stale, [{ name: 'web-0', uid: 'one' }])
  writes.length = 0
  await done(put)
  assert.equal(writes, ['delete pods/web-0', 'note'])
  assert.equal((await look()).stale, [])
  writes.length = 0
  await done(put)
  assert.equal(writes, [])
})
test('a pod that has come since, by the same name, has the new one', async () => {
  const { put, look, replacePods, writes } = cluster()
  const secrets = await put()
  replacePods('two')
  assert.equal((await look()).stale, [])
  await secrets.restart()
  assert.equal(writes, ['write', 'note'])
})
test('a password that was edited is taken, the pods with the old one are replaced, and then all is well', async () => {
  const { put, look, edit, writes } = cluster()
  await done(put)
  edit('typed')
  const { edited, differs, data } = await look()
  assert.equal({ edited, differs, data }, { edited: ['password'], differs: true, data: { password: 'typed' } })
  writes.length = 0
  await done(put)
  assert.equal(writes, ['write', 'delete pods/web-0', 'note'])
  assert.is((await look()).differs, false)
})
test('a Secret that was written before there were notes is left as it is', async () => {
  const { put, look, edit, forget } = cluster()
  await done(put)
  forget()
  edit('typed')
  assert.is((await look()).differs, false)
})

const told: string[][] = []
const refuses: SecretDefinition = {
  ...generated,
  opens: ['data'],
  change: async (_, { keys }) => {
    told.push([...keys])
    throw new Error('the old one is not known')
  },
}
const applies: SecretDefinition = { ...refuses, change: async (_, { keys }) => void told.push([...keys]) }
const rows: [string, SecretDefinition, string[], RegExp | undefined][] = [
  ['what runs takes it: no pod is replaced', applies, ['write'], undefined],
  ['what runs does not: refused, and nothing is written', refuses, [], /cannot change .* in the running/],
  [
    'what runs does not, and its start does: the pods are replaced',
    { ...refuses, setAtStart: true },
    ['write', 'delete pods/web-0', 'note'],
    undefined,
  ],
]
for (const [name, definition, expected, refused] of rows) {
  test(`an edited password that opens a volume: ${name}`, async () => {
    const { put, look, edit, makeVolume, writes } = cluster(definition)
    await done(put)
    makeVolume()
    edit('typed')
    writes.length = 0
    told.length = 0
    const error = await done(put).then(
      () => undefined,
      (each: Error) => each,
    )
    assert.equal(told, [['password']])
    assert.equal(writes, expected)
    if (refused) assert.match(error?.message ?? '', refused)
    else assert.is(error, undefined)
    assert.is((await look()).differs, refused !== undefined, 'a rerun has as much to do as was left')
  })
}

test.run()
