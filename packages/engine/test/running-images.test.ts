import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { otherThanUpstream } from '../src/release/running-images.ts'

const test = suite('running images')
const digest = `sha256:${'a'.repeat(64)}`

test('images that differ from upstream are listed once each', () => {
  const server = { image: 'prom', imageID: digest, fidelity: 'rebuilt' as const, note: 'no web pages' }
  assert.equal(
    otherThanUpstream([
      { container: 'prometheus-server', ...server },
      { container: 'config-reloader', ...server },
      { container: 'mysql', image: 'mysql', imageID: digest, fidelity: 'rebuilt' },
      { container: 'grafana', image: 'x', imageID: digest, fidelity: 'stand-in', note: 'draws' },
    ]),
    ['prometheus-server and config-reloader are rebuilt: no web pages', 'grafana is a stand-in: draws'],
  )
})

test.run()
