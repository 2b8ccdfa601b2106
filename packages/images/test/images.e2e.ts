import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { environment, loadSettings, type PlatformError, repositoryRoot, systemRunner } from '@platform/core'
import { toolchainLocation, toolchainState } from '@platform/toolchain'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { buildImage } from '../src/build.ts'
import { toolbox } from '../src/definitions/toolbox.ts'
import { workspaceImages } from '../src/workspace-images.ts'
import { realSettings } from './fixture.ts'

const test = suite('images, from package registries')
const dir = mkdtempSync(join(tmpdir(), 'images-'))
test.after(() => rmSync(dir, { recursive: true, force: true }))

/** What shows, for each image, that its programs start where upstream has them: libraries are there, paths are right. */
const programs: Readonly<Record<string, readonly (readonly string[])[]>> = {
  pause: [['/pause', '--version']],
  coredns: [['/coredns', '-version']],
  toolbox: [
    ['sh', '-c', 'for each in wget nc nslookup httpd dd awk sleep; do command -v $each || exit 1; done'],
    ['sh', '-c', 'test "$(id -un)" = root'],
  ],
  traefik: [
    ['/entrypoint.sh', 'version'],
    ['/usr/local/bin/traefik', 'version'],
    ['sh', '-c', 'grep -q BEGIN /etc/ssl/certs/ca-certificates.crt'],
  ],
  prometheus: [
    ['/bin/prometheus', '--version'],
    ['/bin/promtool', 'check', 'config', '/etc/prometheus/prometheus.yml'],
  ],
  alertmanager: [
    ['/bin/alertmanager', '--version'],
    ['/bin/amtool', 'check-config', '/etc/alertmanager/alertmanager.yml'],
  ],
  'kube-state-metrics': [['/kube-state-metrics', '--help']],
  grafana: [['/run.sh', '--version']],
  'node-exporter': [['/bin/node_exporter', '--version']],
  mysql: [
    ['/usr/sbin/mysqld', '--version'],
    ['mysql', '--version'],
    ['mysqladmin', '--version'],
    ['mysqldump', '--version'],
  ],
  'mysqld-exporter': [['/bin/mysqld_exporter', '--version']],
}

const settings = loadSettings({ env: environment() })
const context = { settings, bin: toolchainLocation(settings).bin, runner: systemRunner, emit: () => {} }
const definitions = await workspaceImages(repositoryRoot)
const { missing } = await toolchainState(settings)

test('every image of the workspace has programs here to be tried', () => {
  assert.equal(definitions.map(({ name }) => name).sort(), Object.keys(programs).sort())
})

for (const definition of definitions) {
  const ofToolchain = definition.rebuilt?.sources.some(
    (source) => source.kind === 'toolchain' && missing.includes(source.binary),
  )
  // without its binary there is nothing to pack; the suite of the node builds the toolchain first
  const row = ofToolchain ? test.skip : test
  row(`${definition.name}: is built, and its programs start`, async () => {
    const image = await buildImage(context, definition, definition.rebuilt ? 'rebuilt' : 'stand-in')
    const root = join(dir, definition.name)
    mkdirSync(root)
    const [docker] = JSON.parse(execFileSync('tar', ['-xOf', image.archive, 'manifest.json'], { encoding: 'utf8' }))
    const unpack = 'tar -xOf "$1" "$2" | tar -x -C "$3"'
    execFileSync('sh', ['-c', unpack, 'sh', image.archive, docker.Layers[0], root])
    for (const command of programs[definition.name] ?? []) await systemRunner.run(['chroot', root, ...command])
    rmSync(root, { recursive: true })
  })
}

test('no Debian mirror: a clear error within seconds, and nothing left in the cache', async () => {
  const cache = join(dir, 'cache')
  mkdirSync(cache)
  const started = Date.now()
  const away = { ...context, settings: realSettings(cache, { DEBIAN_MIRROR: 'http://127.0.0.1:1/debian' }) }
  await buildImage(away, toolbox, 'rebuilt').then(
    () => assert.unreachable(),
    (error: unknown) => assert.is((error as PlatformError).code, 'DEBIAN_UNREACHABLE'),
  )
  assert.ok(Date.now() - started < 30_000)
})

test.run()
