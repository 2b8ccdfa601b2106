import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { pinnedHelm } from '@platform/cluster'
import { loadSettings, type MainContext, repositoryRoot, stderrEmit, systemRunner, usageError } from '@platform/core'
import type { PackageDocument } from '@platform/core/documents'
import { loadComponents } from '../component/load.ts'
import { packageComponents } from './package-components.ts'

/** The whole of scripts/package.ts: writes `dist/` and prints the files. */
export async function packageCommand({ args, env, print, signal }: MainContext): Promise<number> {
  const words = args.filter((word) => word !== '--')
  const unknown = words.filter((word) => word !== '--json')
  if (unknown.length)
    throw usageError('INVALID_ARGUMENTS', `package takes --json, not ${unknown.join(' ')}`, 'pnpm package')
  const own = loadSettings({ env })
  const out = join(repositoryRoot, 'dist')
  const { emit, end } = stderrEmit(env)
  try {
    const helm = await pinnedHelm(own, { runner: systemRunner, emit, signal })
    // In a folder without an env file: nobody's hosts and overlays get into what is published.
    const settings = loadSettings({
      env: { TARGET: 'context', CACHE_DIR: own.cacheDir },
      root: join(repositoryRoot, 'scripts'),
    })
    const components = await loadComponents(repositoryRoot)
    rmSync(out, { recursive: true, force: true }) // an older version's archives are none of this one
    const files = await packageComponents({
      components,
      settings,
      root: repositoryRoot,
      out,
      helm,
      runner: systemRunner,
    })
    const document: PackageDocument = { verb: 'package', folder: out, files }
    const json = words.includes('--json')
    print(json ? JSON.stringify(document) : files.map((file) => join('dist', file)).join('\n'))
    return 0
  } finally {
    end()
  }
}
