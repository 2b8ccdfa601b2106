import { PlatformError } from '@platform/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { SecretDefinition } from '../src/component/secret.ts'
import { completeSecret, desiredSecret, newPassword, type SecretSources } from '../src/secrets/desired-secret.ts'
import { usesSecret } from '../src/secrets/read-secrets.ts'
import { readWrittenDigests, writtenAnnotations } from '../src/secrets/written-digests.ts'

const test = suite('Secrets')
const definition: SecretDefinition = {
  name: 'db',
  keys: {
    user: { value: 'me' },
    password: { setting: 'DB_PASSWORD' },
    token: { setting: 'DB_TOKEN', optional: true },
    made: { generate: true },
  },
  opens: ['data'],
}
const sources = (more: Partial<SecretSources> = {}): SecretSources => ({
  ...{ settings: { components: {} }, stored: undefined, claims: [], namespace: 'n' },
  ...more,
})
const complete = async (of: SecretDefinition, more: Partial<SecretSources>) =>
  completeSecret(await desiredSecret(of, sources(more)), () => 'new')
const stored = { user: 'me', password: 'old', made: 'then' }
const set = (DB_PASSWORD: string) => ({ components: { DB_PASSWORD } })
const change = async () => {}

const rows: [string, SecretDefinition, Partial<SecretSources>, Record<string, string>, string[], boolean][] = [
  ['nothing is there: it is made', definition, {}, { user: 'me', password: 'new', made: 'new' }, [], true],
  ['what is stored stays', definition, { stored, claims: ['data'] }, stored, [], false],
  [
    'a setting is over what is stored, where no volume is',
    definition,
    { stored, settings: set('mine') },
    { ...stored, password: 'mine' },
    ['password'],
    true,
  ],
  [
    'a setting is over what is stored, where it can be changed in what runs',
    { ...definition, change },
    { stored, claims: ['data'], settings: set('mine') },
    { ...stored, password: 'mine' },
    ['password'],
    true,
  ],
  ['a setting that says the same is no change', definition, { stored, settings: set('old') }, stored, [], false],
  ['a key that somebody added is one too many', definition, { stored: { ...stored, more: 'x' } }, stored, [], true],
  [
    'a lost Secret is made of settings that open the volume',
    { ...definition, keys: { password: { setting: 'DB_PASSWORD' } } },
    { claims: ['data'], settings: set('mine') },
    { password: 'mine' },
    [],
    true,
  ],
]
for (const [name, of, more, data, changed, differs] of rows) {
  test(name, async () => {
    const wanted = await complete(of, more)
    assert.equal(wanted.data, data)
    assert.equal(wanted.changed, changed)
    assert.is(wanted.differs, differs)
  })
}
/** The Secret was written with the password `old`. */
const marks: SecretSources['marks'] = {
  wasWritten: async (key, text) => (key === 'password' ? text === 'old' : undefined),
  isAsWritten: async ({ password }) => password === 'old',
}
const byHand = { ...stored, password: 'typed' }
const noVolume = { ...definition, opens: undefined }
const edits: [string, SecretDefinition, Partial<SecretSources>, string, { changed: string[]; edited: string[] }][] = [
  ['what was written is none', { ...definition, change }, { stored }, 'old', { changed: [], edited: [] }],
  [
    'it is wanted now, and what runs is to be told',
    { ...definition, change },
    { stored: byHand },
    'typed',
    { changed: ['password'], edited: ['password'] },
  ],
  [
    'it is wanted now, and the pods are to be replaced',
    noVolume,
    { stored: byHand },
    'typed',
    { changed: ['password'], edited: ['password'] },
  ],
  [
    'the setting that says the same does not hide it',
    { ...definition, change },
    { stored: byHand, settings: set('typed') },
    'typed',
    { changed: ['password'], edited: ['password'] },
  ],
  [
    'the setting puts back what was written, though nothing could change the volume',
    definition,
    { stored: byHand, settings: set('old') },
    'old',
    { changed: ['password'], edited: [] },
  ],
  [
    'a Secret without notes is taken as it is',
    { ...definition, change },
    { stored: byHand, marks: undefined },
    'typed',
    { changed: [], edited: [] },
  ],
]
for (const [name, of, more, password, expected] of edits) {
  test(`edited by hand: ${name}`, async () => {
    const { data, changed, edited, differs } = await desiredSecret(of, sources({ claims: ['data'], marks, ...more }))
    assert.is(data.password, password)
    assert.equal({ changed, edited }, expected)
    assert.is(differs, changed.length > 0)
  })
}
test('what was written is known again, by nothing that shows it', async () => {
  const data = { password: 'geheim', user: 'me' }
  const annotations = await writtenAnnotations(data, ['password'], ['a', 'b'])
  assert.not.match(JSON.stringify(annotations), /geheim|Z2VoZWlt/)
  const { wasWritten: known, isAsWritten, stale } = readWrittenDigests(annotations)
  const asked = [known('password', 'geheim'), known('password', 'other'), known('more', 'geheim')]
  assert.equal(await Promise.all(asked), [true, false, undefined])
  assert.equal(stale, ['a', 'b'])
  const all: Record<string, string>[] = [
    { user: 'me', password: 'geheim' },
    { ...data, user: 'you' },
    { ...data, more: '' },
    { password: 'geheim' },
  ]
  assert.equal(await Promise.all(all.map(isAsWritten)), [true, false, false, false])
  assert.is.not(JSON.stringify(await writtenAnnotations(data, ['password'], [])), JSON.stringify(annotations))
  const [mark = '{}'] = Object.values(annotations)
  const { all: _, ...older } = JSON.parse(mark)
  const before = readWrittenDigests({ 'platform.local/written': JSON.stringify(older) })
  assert.equal([await before.isAsWritten(data), await before.wasWritten('password', 'geheim')], [false, true])
  assert.is(await readWrittenDigests({ 'platform.local/written': '{' }).wasWritten('password', 'x'), undefined)
})
test('a plan generates no password: the keys are named, and nothing is derived from them', async () => {
  const derive = () => assert.unreachable('derived in a plan') as never
  const { data, toGenerate, differs } = await desiredSecret({ ...definition, derive }, sources())
  assert.equal([data, toGenerate, differs], [{ user: 'me' }, ['password', 'made'], true])
})
test('what is derived is made of the others, and sees what is stored', async () => {
  const derive: SecretDefinition['derive'] = async ({ password }, before) => ({
    line: before.line === `hash(${password})` ? before.line : `hash(${password})`,
  })
  const first = await complete({ ...definition, derive }, {})
  assert.is(first.data.line, 'hash(new)')
  assert.not.ok((await desiredSecret({ ...definition, derive }, sources({ stored: first.data }))).differs)
})
test('a Secret that is as it was written is not derived again; one with a key more, or another text, is', async () => {
  let derived = 0
  const derive: SecretDefinition['derive'] = async () => {
    derived += 1
    return { line: 'x' }
  }
  const asked = (of: SecretDefinition, more: Partial<SecretSources>) => desiredSecret(of, sources({ marks, ...more }))
  const { differs } = await asked({ ...definition, derive }, { stored: { ...stored, line: 'x' } })
  assert.equal([derived, differs], [0, false])
  await asked({ ...noVolume, derive }, { stored: { ...byHand, line: 'x' } })
  assert.is(derived, 1)
  assert.ok(
    (await asked(noVolume, { stored: { ...stored, more: 'x' } })).differs,
    'nothing is derived: the key is foreign',
  )
})
const refusals: [string, Partial<SecretSources>, string, RegExp][] = [
  ['a Secret is gone whose volume is there', { claims: ['data'] }, 'SECRET_MISSING', /n\/db is missing/],
  [
    'a key that was edited by hand, and that nothing can apply to the volume',
    { stored: byHand, claims: ['data'], marks },
    'PASSWORD_CHANGE_REFUSED',
    /DB_PASSWORD: the volume data/,
  ],
  ['a key of it is gone', { stored: { user: 'me' }, claims: ['data'] }, 'SECRET_MISSING', /lacks password, made/],
  [
    'a changed setting that nothing can apply to the volume',
    { stored, claims: ['data'], settings: set('mine') },
    'PASSWORD_CHANGE_REFUSED',
    /DB_PASSWORD: the volume data/,
  ],
]
for (const [name, more, code, said] of refusals) {
  test(`refused: ${name}`, async () => {
    const error = await desiredSecret(definition, sources(more)).then(
      () => assert.unreachable() as never,
      (each: unknown) => each,
    )
    assert.instance(error, PlatformError)
    assert.is((error as PlatformError).code, code)
    assert.match((error as PlatformError).message, said)
    assert.not.match((error as PlatformError).message, /old|mine|typed/)
    assert.ok((error as PlatformError).hint)
  })
}
test('passwords are long, fit for a URL, and never the same', () => {
  const made = new Set(Array.from({ length: 50 }, newPassword))
  assert.is(made.size, 50)
  for (const each of made) assert.match(each, /^[\w-]{24,}$/)
})
const specs: [string, object, boolean][] = [
  ['as environment', { containers: [{ env: [{ valueFrom: { secretKeyRef: { name: 'db', key: 'x' } } }] }] }, true],
  ['as all of its environment', { initContainers: [{ envFrom: [{ secretRef: { name: 'db' } }] }] }, true],
  ['as a volume', { volumes: [{ secret: { secretName: 'db' } }] }, true],
  ['in a projected volume', { volumes: [{ projected: { sources: [{ secret: { name: 'db' } }] } }] }, true],
  ['not at all', { volumes: [{ secret: { secretName: 'other' } }, { configMap: { name: 'db' } }] }, false],
]
for (const [name, spec, expected] of specs) {
  test(`a pod has it ${name}`, () => assert.is(usesSecret({ metadata: { name: 'p' }, spec } as never, 'db'), expected))
}

test.run()
