import { mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type Emit, type LockHolder, type Runner, type Settings, step, withLock } from '@platform/core'
import { explainWriteError, sha256File } from '@platform/toolchain'
import { writeArchive } from './archive.ts'
import type { ImageConfig, ImageDefinition, ImageRecipe } from './definition.ts'
import { type BuiltImage, cacheEntry, imagesDirectory, readEntry } from './image-cache.ts'
import { placeFiles } from './image-files.ts'
import { normalizeReference } from './reference.ts'
import { layOut } from './sources/lay-out.ts'

export interface BuildContext {
  readonly settings: Settings
  /** The folder with the toolchain's binaries. */
  readonly bin: string
  readonly runner: Runner
  readonly emit: Emit
  readonly signal?: AbortSignal
}

/**
 * Builds the image of a recipe, or takes it from the cache. Whole or not at all: it is built aside and renamed, and two
 * builders of the same image wait for each other.
 */
export async function buildImage(
  context: BuildContext,
  definition: ImageDefinition,
  fidelity: BuiltImage['fidelity'],
): Promise<BuiltImage> {
  const recipe = fidelity === 'rebuilt' ? definition.rebuilt : definition.standIn
  if (!recipe) throw new Error(`${definition.name} has no recipe for ${fidelity}`)
  const entry = await cacheEntry(context, definition, recipe)
  const cached = readEntry(entry)
  if (cached) return cached
  const { emit, settings, signal } = context
  const name = `image ${definition.name}`
  const onWait = ({ pid }: LockHolder) =>
    emit({ type: 'step.progress', step: name, message: `waiting for process ${pid}, which builds it` })
  mkdirSync(imagesDirectory(settings), { recursive: true })
  const build = async () => {
    const made = readEntry(entry)
    if (made) return made
    const detail = ({ size }: BuiltImage) => `${fidelity}, ${Math.round(size / 1e6)} MB`
    return step(emit, name, (progress) => buildEntry(context, { definition, recipe, fidelity, entry, progress }), {
      detail,
    })
  }
  const lock = { command: `building ${name}`, waitMs: Number.POSITIVE_INFINITY, onWait, signal }
  return withLock(`${entry}.lock`, lock, build)
}

interface Work {
  readonly definition: ImageDefinition
  readonly recipe: ImageRecipe
  readonly fidelity: BuiltImage['fidelity']
  readonly entry: string
  readonly progress: (message: string) => void
}

async function buildEntry(context: BuildContext, work: Work): Promise<BuiltImage> {
  const { settings, bin, runner, signal } = context
  const { definition, recipe, fidelity, entry, progress } = work
  const aside = join(imagesDirectory(settings), `.building-${basename(entry)}`)
  const removeAside = () => rmSync(aside, { recursive: true, force: true })
  removeAside()
  const folder = (name: string) => {
    const path = join(aside, name)
    mkdirSync(path, { recursive: true })
    return path
  }
  const root = folder('root')
  const result = folder('result')
  const emit: Emit = (event) => (event.type === 'step.progress' ? progress(event.message) : context.emit(event))
  try {
    const versions: Record<string, string> = {}
    const owned = []
    for (const [i, source] of recipe.sources.entries()) {
      const sourceContext = { root, work: folder(`source-${i}`), settings, bin, runner, emit, signal }
      Object.assign(versions, await layOut(source, sourceContext))
      owned.push(...(await placeFiles(root, source.files ?? [], runner)))
    }
    progress('packing')
    const file = join(result, 'image.tar')
    const config: ImageConfig = { ...definition.config, ...recipe.config }
    const labels = imageLabels(definition, fidelity, versions)
    const reference = normalizeReference(definition.upstream)
    const digests = await writeArchive({
      root,
      owned,
      reference,
      config,
      labels,
      work: folder('archive'),
      file,
      runner,
      signal,
    })
    const image = {
      name: definition.name,
      reference,
      fidelity,
      size: statSync(file).size,
      sha256: (await sha256File(file)) ?? '',
      ...digests,
      versions,
      says: recipe.says,
      builtAt: new Date().toISOString(),
    }
    writeFileSync(join(result, 'image.json'), `${JSON.stringify(image, null, 2)}\n`)
    rmSync(entry, { recursive: true, force: true })
    renameSync(result, entry)
    return { ...image, archive: join(entry, 'image.tar') }
  } catch (error) {
    throw signal?.aborted ? signal.reason : explainWriteError(error, imagesDirectory(settings))
  } finally {
    removeAside()
  }
}

/** What an image says of itself, wherever it goes. */
export function imageLabels(
  definition: ImageDefinition,
  fidelity: BuiltImage['fidelity'],
  versions: Readonly<Record<string, string>>,
): Record<string, string> {
  const packages = Object.entries(versions).map(([name, version]) => `${name}=${version}`)
  const of = normalizeReference(definition.upstream)
  const other = definition.rebuilt?.says ? `: ${definition.rebuilt.says}` : ''
  return {
    'org.opencontainers.image.title': definition.name,
    'org.opencontainers.image.description':
      fidelity === 'rebuilt'
        ? `${of}, rebuilt from packages by observable-platform; not published by its upstream${other}`
        : `stands in for ${of}: ${definition.standIn?.says ?? ''}; not its upstream's software`,
    'org.opencontainers.image.vendor': 'observable-platform',
    'platform.fidelity': fidelity,
    'platform.source': packages.join(' ') || 'toolchain',
    'platform.upstream': of,
  }
}
