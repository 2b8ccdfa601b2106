import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { chooseFidelity } from '../src/choose.ts'
import { atMirror, normalizeReference, registryHost } from '../src/reference.ts'
import { rememberingProbe } from '../src/registries.ts'

const test = suite('references and fidelity')
const digest = `sha256:${'a'.repeat(64)}`

const references: [given: string, full: string, host: string][] = [
  ['traefik', 'docker.io/library/traefik:latest', 'registry-1.docker.io'],
  ['traefik:v3.7.15', 'docker.io/library/traefik:v3.7.15', 'registry-1.docker.io'],
  ['prom/prometheus:v3', 'docker.io/prom/prometheus:v3', 'registry-1.docker.io'],
  ['index.docker.io/library/x:1', 'docker.io/library/x:1', 'registry-1.docker.io'],
  ['registry.k8s.io/pause:3.10.1', 'registry.k8s.io/pause:3.10.1', 'registry.k8s.io'],
  ['localhost:5000/x', 'localhost:5000/x:latest', 'localhost:5000'],
  ['localhost/x:1', 'localhost/x:1', 'localhost'],
  [`quay.io/a/b/c@${digest}`, `quay.io/a/b/c@${digest}`, 'quay.io'],
]
for (const [given, full, host] of references) {
  test(`${given} is ${full}`, () => {
    assert.is(normalizeReference(given), full)
    assert.is(normalizeReference(full), full)
    assert.is(registryHost(given), host)
  })
}

test('a mirror takes the place of the registry', () => {
  assert.is(atMirror('traefik:v3', 'm.example:5000/hub/'), 'm.example:5000/hub/library/traefik:v3')
  assert.is(atMirror('registry.k8s.io/pause:3', 'm.example'), 'm.example/pause:3')
  assert.is(atMirror('traefik:v3', undefined), 'docker.io/library/traefik:v3')
})

const both = { rebuilt: { sources: [] }, standIn: { sources: [], says: '' } }
const rows: [
  upstream: 0 | 1,
  archive: 0 | 1,
  require: 0 | 1,
  of: keyof typeof both | 'both' | 'neither',
  expected?: string,
][] = [
  [1, 1, 0, 'both', 'upstream'],
  [1, 0, 1, 'neither', 'upstream'],
  [0, 1, 0, 'both', 'archive'],
  [0, 1, 1, 'both', 'archive'],
  [0, 0, 0, 'both', 'rebuilt'],
  [0, 0, 0, 'standIn', 'stand-in'],
  [0, 0, 0, 'neither', undefined],
  [0, 0, 1, 'both', undefined],
]
for (const [upstream, archive, require, of, expected] of rows) {
  const name = `registry ${upstream}, archive ${archive}, REQUIRE_UPSTREAM=${require}, recipe ${of}: ${expected ?? 'none'}`
  test(name, () => {
    const definition = of === 'both' ? both : of === 'neither' ? {} : { [of]: both[of] }
    const circumstances = { upstream: upstream === 1, archive: archive === 1, requireUpstream: require === 1 }
    assert.is(chooseFidelity(definition, circumstances), expected)
  })
}

test('a registry is asked once, also while it has not answered yet', async () => {
  const asked: string[] = []
  const probe = rememberingProbe(async (host) => asked.push(host) > 0)
  await Promise.all([probe('a'), probe('a'), probe('b')])
  await probe('a')
  assert.equal(asked, ['a', 'b'])
})

test.run()
