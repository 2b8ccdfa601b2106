import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { pinnedHelm } from '@platform/cluster'
import {
  discoverUnits,
  loadSettings,
  type MainContext,
  repositoryRoot,
  stderrEmit,
  systemRunner,
  usageError,
} from '@platform/core'
import type { Component } from '../component.ts'
import { packageComponents } from './package-components.ts'

/** The whole of scripts/package.ts: writes `dist/` and prints the files. */
export async function packageCommand({ args, env, print, signal }: MainContext): Promise<number> {
  const words = args.filter((word) => word !== '--')
  if (words.length) throw usageError('BAD_CALL', `package takes no arguments: ${words.join(' ')}`, 'pnpm package')
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
    const components = await workspaceComponents(repositoryRoot)
    rmSync(out, { recursive: true, force: true }) // an older version's archives are none of this one
    const files = await packageComponents({
      components,
      settings,
      root: repositoryRoot,
      out,
      helm,
      runner: systemRunner,
    })
    print(files.map((file) => join('dist', file)).join('\n'))
    return 0
  } finally {
    end()
  }
}

/** The definitions of all components of the workspace, dependencies first. */
export async function workspaceComponents(root: string): Promise<Component[]> {
  const found = discoverUnits(root).map(async ({ directory }) => {
    const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
    const file = join(directory, 'src', 'component.ts')
    if (!manifest.platform?.component || !existsSync(file)) return []
    const { component } = (await import(pathToFileURL(file).href)) as { component: Component }
    return [component]
  })
  return (await Promise.all(found)).flat()
}
