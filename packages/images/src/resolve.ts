import { type Emit, PlatformError, type Runner, type Settings } from '@platform/core'
import { buildImage } from './build.ts'
import { chooseFidelity } from './choose.ts'
import type { Fidelity, ImageDefinition } from './definition.ts'
import { inParallel } from './in-parallel.ts'
import { readArchives } from './operator-archives.ts'
import { atMirror, normalizeReference, registryHost } from './reference.ts'
import { type ProbeRegistry, probeRegistry } from './registries.ts'

export interface ResolveOptions {
  readonly settings: Settings
  readonly runner: Runner
  readonly emit: Emit
  readonly signal?: AbortSignal
  /** The toolchain, for images made of its binaries. */
  readonly toolchain: { readonly bin: string }
  /** Default: asks the registries themselves, each once in this process. */
  readonly probe?: ProbeRegistry
  /** Full references that could not be pulled though their registry answers: not upstream, then. */
  readonly unpullable?: ReadonlySet<string>
  /** Full references whose upstream image the node has already: no registry is needed for them. */
  readonly present?: ReadonlySet<string>
}

/** How an image will be had. */
export interface ResolvedImage {
  readonly name: string
  /** The upstream's reference, in full: what charts name and what the image is imported as. */
  readonly reference: string
  readonly fidelity: Fidelity
  /** Where to pull it from: the reference, or the same at the mirror of IMAGE_REGISTRY. Upstream only. */
  readonly pull?: string
  /** A docker-archive tar, absolute. All but upstream. */
  readonly archive?: string
  /** The archive's SHA-256, where it is known. Of what we built. */
  readonly sha256?: string
  /** Of the manifest, `sha256:…`. Of what we built. */
  readonly digest?: string
  /** The image's id, `sha256:…`. All but upstream. */
  readonly config?: string
  /** Packages and versions of what we built. */
  readonly versions?: Readonly<Record<string, string>>
  /** What is other than upstream's. */
  readonly says?: string
}

/**
 * Finds for each image the first way to have it — upstream, archive, rebuilt, stand-in — and builds what has to be
 * built and is not in the cache.
 *
 * @throws PlatformError IMAGES_UNAVAILABLE that lists every unavailable image; those of the sources
 */
export async function resolveImages(
  definitions: readonly ImageDefinition[],
  options: ResolveOptions,
): Promise<ResolvedImage[]> {
  const chosen = await chooseImages(definitions, options)
  const { settings, runner, emit, signal, toolchain } = options
  const finish = async ({ definition, image }: Chosen): Promise<ResolvedImage> => {
    const { fidelity } = image
    if (fidelity === 'upstream' || fidelity === 'archive') return image
    const context = { settings, bin: toolchain.bin, runner, emit, signal }
    const { archive, sha256, digest, config, versions } = await buildImage(context, definition, fidelity)
    const { says } = (fidelity === 'rebuilt' ? definition.rebuilt : definition.standIn) ?? {}
    return { ...image, archive, sha256, digest, config, versions, says }
  }
  return inParallel(chosen, finish, { limit: 2, signal })
}

interface Chosen {
  readonly definition: ImageDefinition
  readonly image: ResolvedImage
}

/** Decides how each image will be had, without building anything. */
export async function chooseImages(
  definitions: readonly ImageDefinition[],
  { settings, runner, emit, probe = probeRegistry, unpullable, present }: Omit<ResolveOptions, 'toolchain'>,
): Promise<Chosen[]> {
  const archives = await readArchives(settings.IMAGE_ARCHIVES, runner)
  const pullFrom = (definition: ImageDefinition) => atMirror(definition.upstream, settings.IMAGE_REGISTRY)
  const asked = definitions.filter(({ upstream }) => !present?.has(normalizeReference(upstream)))
  const hosts = [...new Set(asked.map((definition) => registryHost(pullFrom(definition))))]
  const answers = new Map(await Promise.all(hosts.map(async (host) => [host, await probe(host)] as const)))
  const silent = hosts.filter((host) => !answers.get(host))
  if (silent.length) {
    const message = `${silent.join(', ')}: no answer, so nothing is pulled from there`
    emit({ type: 'notice', level: 'info', message })
  }
  const missing: string[] = []
  const chosen = definitions.flatMap((definition) => {
    const reference = normalizeReference(definition.upstream)
    const archived = archives.get(reference)
    const reachable = present?.has(reference) || answers.get(registryHost(pullFrom(definition))) === true
    const fidelity = chooseFidelity(definition, {
      upstream: reachable && !unpullable?.has(reference),
      archive: archived !== undefined,
      requireUpstream: settings.REQUIRE_UPSTREAM,
    })
    if (!fidelity) {
      missing.push(reference)
      return []
    }
    const image = { name: definition.name, reference, fidelity }
    if (fidelity === 'upstream') return [{ definition, image: { ...image, pull: pullFrom(definition) } }]
    return [{ definition, image: fidelity === 'archive' ? { ...image, ...archived } : image }]
  })
  if (missing.length) throw unavailable(missing, settings.REQUIRE_UPSTREAM)
  return chosen
}

function unavailable(missing: readonly string[], requireUpstream: boolean): PlatformError {
  const why = requireUpstream ? ', and REQUIRE_UPSTREAM=1 refuses what is rebuilt or stands in' : ''
  const list = missing.map((reference) => `  ${reference}`).join('\n')
  return new PlatformError('IMAGES_UNAVAILABLE', `no registry and no archive has these images${why}:\n${list}`, {
    hint: requireUpstream
      ? 'REQUIRE_UPSTREAM=0, or IMAGE_REGISTRY=<a mirror>, or IMAGE_ARCHIVES=<docker-archive files>'
      : 'IMAGE_REGISTRY=<a mirror>, or IMAGE_ARCHIVES=<docker-archive files>',
  })
}
