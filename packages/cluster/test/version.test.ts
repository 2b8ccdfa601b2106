import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  atLeast,
  minorsApart,
  oldestHelm,
  oldestKubernetes,
  parseVersion,
  versionFromJson,
  withinSkew,
} from '../src/kubernetes/version.ts'

const test = suite('version')
const read = (text: string) => parseVersion(text) ?? { major: -1, minor: -1, text: '' }

const readable: [string, number, number][] = [
  ['v1.37.2', 1, 37],
  ['1.29', 1, 29],
  ['v1.32.4-gke.1200', 1, 32],
  ['v1.31.2+k3s1', 1, 31],
  ['v4.3.1+g1a2b3c', 4, 3],
  ['v1.32.4-dispatcher', 1, 32],
]
for (const [text, major, minor] of readable) {
  test(`reads ${text}`, () => assert.equal([read(text).major, read(text).minor], [major, minor]))
}
test('what is no version is undefined', () => assert.is(parseVersion('unknown'), undefined))
test("reads kubectl's and the server's JSON", () => {
  assert.is(versionFromJson('{"clientVersion":{"gitVersion":"v1.37.2"}}')?.minor, 37)
  assert.is(versionFromJson('{"gitVersion":"v1.30.1-eks-1"}')?.minor, 30)
})

const enough: [string, boolean][] = [
  ['v1.28.9', false],
  ['v1.29.0', true],
  ['v1.37.2', true],
  ['v2.0.0', true],
]
for (const [text, expected] of enough) {
  test(`${text} is ${expected ? '' : 'not '}new enough for the platform`, () =>
    assert.is(atLeast(read(text), oldestKubernetes), expected))
}
test('Helm 3 is too old', () => assert.not.ok(atLeast(read('v3.19.0'), oldestHelm)))

const skews: [string, string, boolean][] = [
  ['v1.36.0', 'v1.37.2', true],
  ['v1.38.0', 'v1.37.2', true],
  ['v1.35.9', 'v1.37.2', false],
  ['v1.39.0', 'v1.37.2', false],
]
for (const [client, server, expected] of skews) {
  test(`kubectl ${client} ${expected ? 'fits' : 'does not fit'} a server ${server}`, () =>
    assert.is(withinSkew(read(client), read(server)), expected))
}
test('another major is out of any reach', () =>
  assert.is(minorsApart(read('v2.0'), read('v1.37')), Number.POSITIVE_INFINITY))

test.run()
