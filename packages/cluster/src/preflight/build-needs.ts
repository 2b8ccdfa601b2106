import { join } from 'node:path'
import { parseVersion } from '../kubernetes/version.ts'
import type { Machine } from './machine.ts'
import { type Finding, failed, type Need, ok, warning } from './need.ts'

const gib = 2 ** 30

/** What building the toolchain and the images needs; nothing of it is needed once they are built. */
export function buildNeeds(built: boolean): readonly Need[] {
  return [
    {
      id: 'go',
      what: 'Go 1.26 or newer',
      purposes: ['build'],
      code: 'NO_GO',
      check: (machine) => checkGo(machine, built),
    },
    {
      id: 'debian',
      what: 'apt-get and dpkg-deb, to unpack Debian packages',
      purposes: ['build'],
      code: 'NO_APT',
      check({ find }) {
        const missing = ['apt-get', 'dpkg-deb', 'tar', 'bash'].filter((command) => !find(command))
        if (missing.length === 0) return ok('there')
        const said = `there is no ${missing.join(', no ')}`
        return built ? warning(`${said}; the toolchain is built already`) : failed(said, 'pnpm toolchain:import FILE')
      },
    },
    {
      id: 'disk',
      what: 'disk space',
      purposes: ['build', 'node'],
      code: 'DISK_FULL',
      check: (machine) => checkDisk(machine, built),
    },
  ]
}

async function checkGo({ find, runner }: Machine, built: boolean): Promise<Finding> {
  const go = find('go')
  const mend = 'apt-get install golang-1.26-go || pnpm toolchain:import FILE'
  const lacking = (said: string) => (built ? ok(`${said}; the toolchain is built already`) : failed(said, mend))
  if (!go) return lacking('there is no command go')
  const { stdout, stderr, exitCode } = await runner.probe([go, 'env', 'GOVERSION'], { env: { GOTOOLCHAIN: 'local' } })
  const version = exitCode === 0 ? parseVersion(stdout.trim().replace(/^go/, '')) : undefined
  if (!version) return lacking(`${go} does not tell its version: ${stderr.trim()}`)
  return version.major === 1 && version.minor < 26 ? lacking(`${go} is ${version.text}`) : ok(`${version.text} (${go})`)
}

function checkDisk({ settings, freeBytes }: Machine, built: boolean): Finding {
  const wanted = built ? 2 * gib : 10 * gib
  const places = [settings.cacheDir, settings.stateDir].map((folder) => ({ folder, free: freeBytes(folder) }))
  const said = places.map(({ folder, free }) => `${(free / gib).toFixed(1)} GiB free in ${folder}`).join(', ')
  const full = places.filter(({ free }) => free < wanted)
  if (full.length === 0) return ok(said)
  const setting = full[0]?.folder === settings.cacheDir ? 'CACHE_DIR' : 'STATE_DIR'
  return failed(
    `${said}: ${wanted / gib} GiB are needed`,
    `${setting}=${join('/another/disk', 'observable-platform')} pnpm preflight`,
  )
}
