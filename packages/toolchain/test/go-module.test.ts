import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { compareGoVersions, parseGoModule } from '../src/go-module.ts'

const text = `module example.org/a // a comment

go 1.26.6

require example.org/b v1.2.3

require (
	example.org/c v0.1.0 // indirect
	example.org/d/v2 v2.0.0
)

replace example.org/c => example.org/c v0.1.1

tool (
	example.org/b/cmd/x
)
`

test('a go.mod is read: single lines, blocks, comments', () => {
  const module = parseGoModule(text)
  assert.is(module.go, '1.26.6')
  assert.equal(
    [...module.requires],
    [
      ['example.org/b', 'v1.2.3'],
      ['example.org/c', 'v0.1.0'],
      ['example.org/d/v2', 'v2.0.0'],
    ],
  )
  assert.equal(module.rest, ['module example.org/a', 'replace example.org/c => example.org/c v0.1.1'])
})

for (const [a, b, order] of [
  ['1.26', '1.26.0', 0],
  ['go1.26.8', '1.26.6', 1],
  ['go1.24.4', '1.26', -1],
  ['go1.26rc1', '1.26', -1],
  ['go1.27rc1', '1.26.9', 1],
  ['go1.26.8-X:nodwarf5', '1.26.8', 0],
  ['devel', '1.26', -1],
] as const) {
  test(`${a} is ${['older than', 'as old as', 'newer than'][order + 1]} ${b}`, () => {
    assert.is(Math.sign(compareGoVersions(a, b)), order)
  })
}

test.run()
