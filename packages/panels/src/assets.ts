import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot } from '@platform/core'
import { bundlePage } from './bundle.ts'

/** Where the stand-in for Grafana has its pages' script and style: they are part of its program. */
export const liveAssetsFolder = join(repositoryRoot, 'packages/grafana/stand-in/assets')

/** The files by their names, as they are to be. */
export async function liveAssets(): Promise<Readonly<Record<string, string>>> {
  const { script, style } = await bundlePage('live')
  return { 'live.js': script, 'live.css': style }
}

/** Writes them; returns their paths. */
export async function writeLiveAssets(): Promise<string[]> {
  mkdirSync(liveAssetsFolder, { recursive: true })
  return Object.entries(await liveAssets()).map(([name, text]) => {
    const file = join(liveAssetsFolder, name)
    writeFileSync(file, text)
    return file
  })
}
