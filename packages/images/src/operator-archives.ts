import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Runner, repositoryRoot, usageError } from '@platform/core'
import { normalizeReference } from './reference.ts'

/** An image in a docker-archive that the operator gave. */
export interface ArchivedImage {
  /** The archive, absolute. */
  readonly archive: string
  /** The image's id, `sha256:…`. */
  readonly config: string
}

const HINT = 'docker save NAME:TAG -o FILE makes one; IMAGE_ARCHIVES=FILE,FILE in .env'

/**
 * What the archives of IMAGE_ARCHIVES hold, by full reference. The first archive that has a reference wins.
 *
 * @throws PlatformError IMAGE_ARCHIVE_MISSING, IMAGE_ARCHIVE_BAD; exit code 2, with all that is wrong
 */
export async function readArchives(files: readonly string[], runner: Runner): Promise<Map<string, ArchivedImage>> {
  const images = new Map<string, ArchivedImage>()
  const problems: string[] = []
  for (const name of files) {
    const archive = resolve(repositoryRoot, name)
    const found = existsSync(archive) ? await readArchive(archive, runner) : 'there is no such file'
    if (typeof found === 'string') problems.push(`IMAGE_ARCHIVES: ${archive}: ${found}`)
    else for (const [reference, image] of found) if (!images.has(reference)) images.set(reference, image)
  }
  if (problems.length) throw usageError('IMAGE_ARCHIVE_BAD', problems.join('\n'), HINT)
  return images
}

interface ManifestEntry {
  readonly Config: string
  readonly RepoTags: readonly string[] | null
  readonly Layers: readonly string[]
}

/** The images of one archive, or what is wrong with it. */
async function readArchive(archive: string, runner: Runner): Promise<Map<string, ArchivedImage> | string> {
  const entries = await member<ManifestEntry[]>(archive, 'manifest.json', runner)
  if (!Array.isArray(entries)) return 'not a docker-archive: it has no manifest.json'
  const images = new Map<string, ArchivedImage>()
  for (const { Config, RepoTags, Layers } of entries) {
    if (typeof Config !== 'string' || !Array.isArray(Layers)) return 'its manifest.json names no config or no layers'
    const config = await member<{ architecture?: string; os?: string }>(archive, Config, runner)
    if (!config) return `its image ${RepoTags?.[0] ?? Config} lacks ${Config}`
    if (config.architecture !== 'amd64' || config.os !== 'linux') {
      return `its image ${RepoTags?.[0] ?? Config} is for ${config.os}/${config.architecture}, not for linux/amd64`
    }
    const digest = /([0-9a-f]{64})(\.json)?$/.exec(Config)?.[1]
    if (!digest) return `its config ${Config} is not named by its digest`
    for (const tag of RepoTags ?? []) images.set(normalizeReference(tag), { archive, config: `sha256:${digest}` })
  }
  if (!images.size) return 'none of its images has a tag'
  return images
}

/** A JSON document in a tar (compressed or not); undefined if there is none of that name. */
async function member<T>(archive: string, path: string, runner: Runner): Promise<T | undefined> {
  const { stdout, exitCode } = await runner.probe(['tar', '-xOf', archive, '--occurrence=1', '--', path])
  if (exitCode !== 0) return undefined
  try {
    return JSON.parse(stdout) as T
  } catch {
    return undefined
  }
}
