import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { proseProblems } from '../src/lint/prose.ts'

const test = suite('the lint of words')
const found = (file: string, text: string) =>
  proseProblems(file, text).map(({ line, found: word }) => `${line} ${word}`)

for (const [what, file, text, expected] of [
  ['a comment', 'a.ts', 'const a = 1 // it is mended\n', ['1 mended']],
  [
    'a doc comment of several lines',
    'a.ts',
    '/**\n * One.\n * What is left alone: it is left alone.\n */',
    ['3 is left alone', '3 is left alone'],
  ],
  [
    'a message',
    'a.ts',
    "throw new Error('it can\\'t be had')\nthrow new Error(\"it can't be had\")",
    ["2 can't be had"],
  ],
  ['a template', 'a.ts', 'const a = `x\nwas taken away`', ['2 taken away']],
  ['an identifier', 'a.ts', 'const supplies = mend(1)', []],
  ['a regular expression', 'a.ts', 'assert.match(text, /went well/)', []],
  ['a string after a division', 'a.ts', "const a = b / 2 + c.length / 3 + 'youngest'", ['1 youngest']],
  ['Markdown', 'a.md', "# Title\n\nSomebody's cluster", ["3 Somebody's"]],
  ['YAML', 'values.yaml', 'a: 1 # talking\n', ['1 talking']],
  ['Go', 'a.go', '// hands it over\nvar x = "mend"\n', ['1 hands it over', '2 mend']],
  ['an exception with a reason', 'a.ts', '// mend. prose-ok: a name of another project\n', []],
  ['an exception without one', 'a.ts', '// mend. prose-ok:\n', ['1 mend']],
  ['plain words', 'a.ts', '// Unchanged resources are skipped.\n', []],
] as const) {
  test(`${what}: ${expected.length ? 'found' : 'nothing is found'}`, () =>
    assert.equal(found(file, text), [...expected]))
}

test('each problem has the words to write instead', () => {
  assert.equal(proseProblems('a.md', 'the youngest pod'), [{ line: 1, found: 'youngest', instead: 'newest' }])
})

test.run()
