import { describeError, repositoryRoot, type Settings } from '@platform/core'
import type { ImageDefinition } from '@platform/images'
import type { TargetDependencies } from '../target.ts'
import type { RunningNode } from './load-images.ts'

/** Kinds of sources that need neither the toolchain nor Go. */
const independent: readonly string[] = ['debian', 'wheel']

/**
 * Builds images of the run's next components while the toolchain is built. Only images that do not need the toolchain and
 * that no registry serves.
 */
export async function buildAhead(settings: Settings, dependencies: TargetDependencies, bin: string): Promise<void> {
  await orLater(dependencies, async () => {
    const definitions = (await wantedAhead(settings, dependencies)).filter((definition) =>
      (definition.rebuilt ?? definition.standIn)?.sources.every(({ kind }) => independent.includes(kind)),
    )
    const { resolveImages } = await import('@platform/images')
    await resolveImages(definitions, { settings, ...dependencies, toolchain: { bin } })
  })
}

/**
 * Loads images of the run's next components while the API server starts. Images from a registry are left to the
 * component, so that the cluster does not wait for a slow network.
 */
export async function loadAhead(
  settings: Settings,
  dependencies: TargetDependencies,
  node: RunningNode,
): Promise<void> {
  await orLater(dependencies, async () => {
    const definitions = await wantedAhead(settings, dependencies)
    const { loadIntoNode } = await import('./load-images.ts')
    if (definitions.length) await loadIntoNode(settings, dependencies, node, definitions)
  })
}

/** The named images that are not pulled from a registry. */
async function wantedAhead(settings: Settings, dependencies: TargetDependencies): Promise<ImageDefinition[]> {
  const names = dependencies.images ?? []
  if (!names.length) return []
  const { chooseImages, workspaceImages } = await import('@platform/images')
  const all = await workspaceImages(repositoryRoot)
  const wanted = all.filter(({ name }) => names.includes(name))
  const chosen = await chooseImages(wanted, { settings, ...dependencies, emit: () => {} })
  return chosen.flatMap(({ definition, image }) => (image.fidelity === 'upstream' ? [] : [definition]))
}

/** A failure here is only a notice: the component that needs the image retries and reports the reason. */
async function orLater({ emit, signal }: TargetDependencies, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    signal?.throwIfAborted()
    const { message } = describeError(error)
    emit({ type: 'notice', level: 'info', message: `${message.split('\n')[0]}; the component tries again` })
  }
}
