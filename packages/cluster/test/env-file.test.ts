import { parse } from 'dotenv'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { editEnvFile } from '../src/env-file.ts'

const test = suite('env file')

const binding = { TARGET: 'context', KUBE_CONTEXT: 'prod', CLUSTER_UID: 'u-1' }
const rows: [name: string, before: string, values: Record<string, string>, after: string][] = [
  ['an empty file gets the lines', '', binding, 'TARGET=context\nKUBE_CONTEXT=prod\nCLUSTER_UID=u-1\n'],
  ['other lines are kept', '# mine\nVALUES=ha\n\n', { TARGET: 'context' }, '# mine\nVALUES=ha\n\nTARGET=context\n'],
  [
    'a line is changed where it stands',
    'TARGET=embedded\nVALUES=ha\n',
    { TARGET: 'context' },
    'TARGET=context\nVALUES=ha\n',
  ],
  [
    'of several lines one is left',
    'TARGET=a\nVALUES=ha\nTARGET=b\n',
    { TARGET: 'context' },
    'VALUES=ha\nTARGET=context\n',
  ],
  ['export and spaces are understood', 'export TARGET = x\n', { TARGET: 'context' }, 'TARGET=context\n'],
  [
    'a commented line stays, the new one below it',
    '# the cluster\n#TARGET=embedded\nA=1\n',
    { TARGET: 'context' },
    '# the cluster\n#TARGET=embedded\nTARGET=context\nA=1\n',
  ],
  ['a longer name is another name', 'TARGET_OLD=1\n', { TARGET: 'context' }, 'TARGET_OLD=1\nTARGET=context\n'],
  ['no newline at the end of the file', 'A=1', { TARGET: 'context' }, 'A=1\nTARGET=context\n'],
]
for (const [name, before, values, after] of rows) {
  test(name, () => assert.is(editEnvFile(before, values), after))
}

for (const name of [
  'arn:aws:eks:eu-1:12:cluster/prod',
  'kind-a b',
  "it's",
  'a"b',
  'back`tick',
  'hash # in it',
  'user@host',
]) {
  test(`dotenv reads back the context ${name}`, () =>
    assert.is(parse(editEnvFile('', { KUBE_CONTEXT: name })).KUBE_CONTEXT, name))
}
test('a value that no quotes can hold is refused', () =>
  assert.throws(() => editEnvFile('', { A: `'"\`` }), /can't hold/))
test('editing twice is editing once', () => {
  const once = editEnvFile('A=1\n', binding)
  assert.is(editEnvFile(once, binding), once)
})

test.run()
