import type { PlatformEvent } from '@platform/core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { chooseReleases } from '../src/choose-source.ts'
import { releaseFilesOf } from '../src/origin.ts'
import { pinsOf } from '../src/pins.ts'
import { publishedChecksum } from '../src/release/checksum.ts'
import { releaseAddress } from '../src/release/upstream.ts'
import { Slots } from '../src/slots.ts'
import { units } from '../src/units.ts'
import { programNames } from '../src/view.ts'

const pins = pinsOf(units)
const digest = 'a'.repeat(64)
const other = 'B'.repeat(64)

for (const [what, text, expected] of [
  ['a bare digest', `${digest}\n`, digest],
  ['a bare digest without a line end', digest, digest],
  ['what sha256sum writes', `${other}  other.tar.gz\n${digest}  x.tar.gz\n`, digest],
  ['what sha256sum writes of a binary file', `${digest} *x.tar.gz\n`, digest],
  ['a path before the name', `${digest}  ./release/x.tar.gz\n`, digest],
  ['capitals', `${other}  x.tar.gz\n`, other.toLowerCase()],
  ['digests of other files only', `${digest}  y.tar.gz\n`, undefined],
  ['a name that ends alike', `${digest}  not-x.tar.gz.sig\n`, undefined],
  ['another kind of digest', `${'a'.repeat(40)}  x.tar.gz\n`, undefined],
  ['a page', '<html>please log in</html>', undefined],
  ['nothing', '', undefined],
] as const) {
  test(`a published checksum: ${what}`, () => {
    assert.is(publishedChecksum(text, 'https://host/path/x.tar.gz'), expected)
  })
}

test('a mirror has the hosts as folders', () => {
  const url = 'https://get.helm.sh/helm.tar.gz'
  assert.is(releaseAddress(url, undefined), url)
  assert.is(releaseAddress(url, 'http://mirror/x/'), 'http://mirror/x/get.helm.sh/helm.tar.gz')
})

test('a release has exactly the programs of its unit, and its address the version', () => {
  for (const pin of pins) {
    const files = releaseFilesOf(pin)
    if (files.length === 0) continue
    const offered = files.flatMap(({ programs }) => Object.keys(programs))
    assert.equal(offered.sort(), programNames(pin.unit).sort(), pin.unit.name)
    for (const { url, checksums } of files) {
      assert.ok(url.startsWith('https://') && url.includes(pin.version), url)
      assert.is(checksums.slice(0, checksums.lastIndexOf('/')), url.slice(0, url.lastIndexOf('/')))
    }
  }
})

test('all but the root and what is ours has releases', () => {
  const without = pins.filter((pin) => releaseFilesOf(pin).length === 0).map(({ unit }) => unit.name)
  assert.equal(without, ['node-root', 'node-agent'])
})

async function choose(source: 'auto' | 'release' | 'build', reachable: readonly string[]) {
  const events: PlatformEvent[] = []
  let probes = 0
  const chosen = await chooseReleases(pins, {
    settings: { TOOLCHAIN_SOURCE: source },
    emit: (event) => void events.push(event),
    probe: async () => {
      probes += 1
      return new Set(reachable)
    },
  })
  return { names: [...chosen].map(({ unit }) => unit.name), events, probes }
}

test('with every host there all is taken from releases, after one probe', async () => {
  const { names, events, probes } = await choose('auto', ['github.com', 'dl.k8s.io', 'get.helm.sh'])
  assert.is(names.length, pins.length - 2)
  assert.is(probes, 1)
  assert.equal(events, [])
})

test('a host that is silent costs only what is published there, and it is said', async () => {
  const { names, events } = await choose('auto', ['dl.k8s.io'])
  assert.equal(names, ['kubernetes', 'kubectl'])
  assert.match(JSON.stringify(events), /github\.com, get\.helm\.sh: no answer|get\.helm\.sh, github\.com: no answer/)
})

test('release with a silent host fails; build does not ask', async () => {
  assert.equal(await choose('build', []), { names: [], events: [], probes: 0 })
  try {
    await choose('release', ['dl.k8s.io', 'github.com'])
    assert.unreachable()
  } catch (error) {
    assert.is((error as { code?: string }).code, 'DOWNLOADS_UNREACHABLE')
    assert.match((error as Error).message, /^get\.helm\.sh: no answer/)
  }
})

test('no more works run at once than there are slots, in the order of asking, also after a failure', async () => {
  const slots = new Slots(2)
  const order: string[] = []
  let running = 0
  let most = 0
  const work = (name: string, fails = false) =>
    slots.run(async () => {
      order.push(name)
      running += 1
      most = Math.max(most, running)
      await new Promise((resolve) => setTimeout(resolve, 5))
      running -= 1
      if (fails) throw new Error(name)
    })
  await Promise.allSettled([work('a'), work('b', true), work('c'), work('d')])
  assert.equal(order, ['a', 'b', 'c', 'd'])
  assert.is(most, 2)
  await work('e')
})

test.run()
