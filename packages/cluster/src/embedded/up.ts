import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { runConcurrently, type Settings, step, type UnitResult } from '@platform/core'
import type { ImageDefinition } from '@platform/images'
import { coredns } from '@platform/images/definitions/coredns'
import { pause } from '@platform/images/definitions/pause'
import type { Api } from '../kubernetes/api.ts'
import type { Purpose } from '../preflight/need.ts'
import type { Access, TargetDependencies } from '../target.ts'
import { applyAddons, wantedAddons } from './addons.ts'
import { buildAhead, loadAhead } from './images-ahead.ts'
import type { RunningNode } from './load-images.ts'
import { viewNode } from './node-adapter.ts'
import { inventoryFile } from './node-files.ts'
import { observe } from './observe.ts'
import { requireEmbedded } from './preflight.ts'
import { askApi, askUnready, isApiError, waitUntilReady } from './readiness.ts'

/** Builds what is missing, starts the node, loads images, applies addons and waits until the cluster is ready. */
export async function upEmbedded(
  settings: Settings,
  dependencies: TargetDependencies,
  reach: () => Promise<Access>,
): Promise<UnitResult> {
  const { runner, emit, signal } = dependencies
  const { observed, node, nodeRoot } = await observe(settings)
  const built = observed.missingUnits.length === 0
  const purposes: Purpose[] = built ? ['node'] : ['build', 'node']
  if (node.state !== 'running') {
    await requireEmbedded(settings, dependencies, { built, nodeRoot, place: node.place }, purposes)
  }
  const { describeToolchain, ensureToolchain, summarizeOrigins, toolchainLocation } = await import(
    '@platform/toolchain'
  )
  let toolchain = toolchainLocation(settings)
  await runConcurrently(signal, [
    async (ended) => {
      toolchain = await ensureToolchain({ settings, runner, emit, signal: ended })
    },
    async (ended) => {
      if (!built) await buildAhead(settings, { ...dependencies, signal: ended }, toolchain.bin)
    },
  ])
  askRegistries([pause, coredns], settings)
  const { startNode, stopNode, waitForApi } = await import('@platform/node')
  const start = { settings, toolchain, runner, signal, pauseImage: pause.upstream }
  if (node.state !== 'absent' && observed.nodeChanges?.length) {
    await step(emit, 'stop the node, to start it with its new settings', (progress) => stopNode({ settings, progress }))
  }
  const { pid } = await step(emit, 'start the node', (progress) => startNode({ ...start, progress }))
  const running = { pid, bin: toolchain.bin }
  let system: Promise<Record<string, string>> | undefined
  await runConcurrently(signal, [
    async (ended) => {
      const within = { ...dependencies, signal: ended }
      system = loadSystemImages(settings, within, running)
      await system
      await loadAhead(settings, within, running)
    },
    async (ended) => {
      await step(emit, 'start the API', (progress) => waitForApi({ ...start, progress, signal: ended }))
      // Only now: a pod whose image is not there yet waits ten seconds before its next try.
      await system
      const { openApi } = await import('../kubernetes/open-api.ts')
      await makeUsable(settings, { ...dependencies, signal: ended }, await openApi(await reach()))
    },
  ])
  const { place } = viewNode(settings)
  const ingress = [...place.ports.keys()].map((port) => `${place.listen}:${port}`)
  const programs = describeToolchain(settings)
  return {
    summary: `node Ready, CoreDNS ready, ingress on ${ingress.join(' and ')}; ${summarizeOrigins(programs)}`,
    data: {
      kubeconfig: join(settings.clusterDir, 'kubeconfig'),
      ingress,
      images: await system,
      programs: Object.fromEntries(programs.map(({ program, source }) => [program, source])),
    },
  }
}

/** Applies the addons to an API server that has answered, waits for node and DNS, and records what is there. */
async function makeUsable(settings: Settings, dependencies: TargetDependencies, api: Api): Promise<void> {
  const { emit, signal } = dependencies
  const answers = (progress: (message: string) => void) => waitUntilReady(() => askApi(api), progress, { signal })
  await step(emit, 'apply the addons', async (progress) => {
    await answers(progress) // it was ready once, and may have been killed since
    try {
      await applyAddons(api, wantedAddons(settings))
    } catch (error) {
      if (!isApiError(error) || signal?.aborted) throw error
      await answers(progress)
      await applyAddons(api, wantedAddons(settings))
    }
  })
  const { startedAt } = viewNode(settings)
  await step(emit, 'wait for the cluster', (progress) =>
    waitUntilReady(() => askUnready(api, startedAt), progress, { signal }),
  )
  const inventory = inventoryFile(settings)
  if (existsSync(inventory)) return
  const { recordInventory } = await import('../inventory/proof.ts')
  await recordInventory(api, inventory, dependencies)
}

/** Whether the registries answer is asked while the node starts, not after; the answers are remembered. */
function askRegistries(images: readonly ImageDefinition[], settings: Settings): void {
  void import('@platform/images').then(({ atMirror, probeRegistry, registryHost }) =>
    Promise.all(images.map(({ upstream }) => probeRegistry(registryHost(atMirror(upstream, settings.IMAGE_REGISTRY))))),
  )
}

/** Name of each system image → how near it is to its upstream. Pause first: without it no pod begins. */
async function loadSystemImages(
  settings: Settings,
  dependencies: TargetDependencies,
  node: RunningNode,
): Promise<Record<string, string>> {
  const { loadIntoNode } = await import('./load-images.ts')
  const images = await loadIntoNode(settings, dependencies, node, [pause, coredns])
  return Object.fromEntries(images.map(({ name, fidelity }) => [name, fidelity]))
}
