import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
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

const IN_FOLDERS = /\.(tar|tar\.gz|tgz)$/

/**
 * What the archives of IMAGE_ARCHIVES hold, by full reference. The first archive that has a reference wins; of a
 * folder's archives, the first by name.
 *
 * @param paths of docker-archive files, and of folders with such files (`*.tar`, `*.tar.gz`, `*.tgz`); relative to the
 *   root of the checkout
 * @throws PlatformError INVALID_IMAGE_ARCHIVE; exit code 2, with all that is wrong
 */
export async function readArchives(paths: readonly string[], runner: Runner): Promise<Map<string, ArchivedImage>> {
  const images = new Map<string, ArchivedImage>()
  const problems: string[] = []
  for (const archive of paths.flatMap((path) => archivesAt(resolve(repositoryRoot, path)))) {
    const found = await readArchiveAt(archive, runner)
    if (typeof found === 'string') problems.push(`IMAGE_ARCHIVES: ${archive}: ${found}`)
    else for (const [reference, image] of found) if (!images.has(reference)) images.set(reference, image)
  }
  if (problems.length) throw usageError('INVALID_IMAGE_ARCHIVE', problems.join('\n'), HINT)
  return images
}

/** A file itself; a folder's archives, or the folder where it has none, which is an error later. */
function archivesAt(path: string): string[] {
  if (!isFolder(path)) return [path]
  const names = readdirSync(path).filter((name) => IN_FOLDERS.test(name) && !isFolder(join(path, name)))
  return names.length ? names.sort().map((name) => join(path, name)) : [path]
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

async function readArchiveAt(archive: string, runner: Runner): Promise<Map<string, ArchivedImage> | string> {
  if (!existsSync(archive)) return 'there is no such file'
  return isFolder(archive) ? 'the folder has no *.tar, *.tar.gz or *.tgz' : readArchive(archive, runner)
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
