import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { pinnedHelm } from '@platform/cluster'
import { loadSettings, type MainContext, repositoryRoot, stderrEmit, systemRunner, usageError } from '@platform/core'
import type { PackageDocument } from '@platform/core/documents'
import { loadComponents } from '../component/load.ts'
import { packageComponents } from './package-components.ts'

/** `pnpm package`: writes `dist/` and prints the files. */
export async function packageCommand({ args, env, print, signal }: MainContext): Promise<number> {
  const flags = args.filter((each) => each !== '--')
  const unknown = flags.filter((flag) => flag !== '--json')
  if (unknown.length)
    throw usageError('INVALID_ARGUMENTS', `package takes --json, not ${unknown.join(' ')}`, 'pnpm package')
  const own = loadSettings({ env })
  const out = join(repositoryRoot, 'dist')
  const { emit, end } = stderrEmit(env)
  try {
    const helm = await pinnedHelm(own, { runner: systemRunner, emit, signal })
    // From a folder without an env file, so that no local hosts and overlays are published.
    const settings = loadSettings({
      env: { TARGET: 'context', CACHE_DIR: own.cacheDir },
      root: join(repositoryRoot, 'scripts'),
    })
    const components = await loadComponents(repositoryRoot)
    rmSync(out, { recursive: true, force: true }) // it may have archives of older versions
    const files = await packageComponents({
      components,
      settings,
      root: repositoryRoot,
      out,
      helm,
      runner: systemRunner,
    })
    const document: PackageDocument = { verb: 'package', folder: out, files }
    const json = flags.includes('--json')
    print(json ? JSON.stringify(document) : files.map((file) => join('dist', file)).join('\n'))
    return 0
  } finally {
    end()
  }
}
