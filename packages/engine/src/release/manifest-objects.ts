import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Manifest } from '@platform/cluster'
import type { Settings } from '@platform/core'
import type { ReleaseRecord } from './types.ts'

interface Kept {
  readonly of: string
  readonly objects: readonly Manifest[]
}

/**
 * The objects of a release's manifest. Kept as JSON beside the cluster's state, since a call with nothing to do reads
 * the same ones again and again, and YAML takes longer to load than everything else in it. Never with a Secret in it.
 */
export async function manifestObjects(
  { clusterDir }: Pick<Settings, 'clusterDir'>,
  { manifest, secret }: Pick<ReleaseRecord, 'manifest' | 'secret'>,
): Promise<readonly Manifest[]> {
  const folder = join(clusterDir, 'manifests')
  const file = join(folder, `${secret.replace(/\.v\d+$/, '')}.json`)
  const of = createHash('sha256').update(manifest).digest('hex')
  const kept = readKept(file)
  if (kept?.of === of) return kept.objects
  const { parseManifest } = await import('./manifest.ts')
  const objects = parseManifest(manifest)
  if (objects.some(({ kind }) => kind === 'Secret')) return objects
  // A cluster that was purged meanwhile must not get a folder again.
  if (existsSync(clusterDir)) keep(folder, file, { of, objects })
  return objects
}

function readKept(file: string): Kept | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Kept
  } catch {
    return undefined
  }
}

/** Not being able to is no reason to fail. */
function keep(folder: string, file: string, kept: Kept): void {
  const fresh = `${file}.${process.pid}`
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    writeFileSync(fresh, JSON.stringify(kept), { mode: 0o600 })
    renameSync(fresh, file)
  } catch {
    rmSync(fresh, { force: true })
  }
}
