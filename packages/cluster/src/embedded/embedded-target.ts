import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type CheckResult, PlatformError, runChecks, type Settings, type UnitPlan } from '@platform/core'
import type { Access, Target, TargetDependencies } from '../target.ts'
import { viewNode } from './node-adapter.ts'
import { inventoryFile, nodeKubeconfig } from './node-files.ts'
import { observe } from './observe.ts'
import { planDown, planUp } from './plan.ts'

/** The embedded node on this machine, which the platform manages completely. */
export function embeddedTarget(settings: Settings, dependencies: TargetDependencies): Target {
  return {
    kind: 'embedded',
    async plan(intent): Promise<UnitPlan> {
      if (intent.verb === 'up') return planUp((await observe(settings)).observed)
      const { state, leftovers } = viewNode(settings)
      return planDown({ node: state, leftovers }, intent.purge, settings.clusterDir)
    },
    async up() {
      const { upEmbedded } = await import('./up.ts')
      return upEmbedded(settings, dependencies, () => reach(settings))
    },
    async down(options) {
      const { downEmbedded } = await import('./down.ts')
      const left = options.purge ? await leftBehind(settings, dependencies) : undefined
      const result = await downEmbedded(settings, dependencies, options)
      // Stop the node anyway: leftovers would block the next one.
      if (left) throw left
      return result
    },
    verify: () => verify(settings, dependencies),
    async loadImages(definitions) {
      const node = await requireRunning(settings)
      const { loadIntoNode } = await import('./load-images.ts')
      return loadIntoNode(settings, dependencies, node, definitions)
    },
    access: () => reach(settings),
    async preflight() {
      const { embeddedPreflight } = await import('./preflight.ts')
      const { toolchainState } = await import('@platform/toolchain/state')
      const { ready } = await toolchainState(settings)
      const { place } = viewNode(settings)
      return embeddedPreflight(settings, dependencies, { built: Boolean(ready), nodeRoot: ready?.nodeRoot, place })
    },
  }
}

/** After `down all --purge` the cluster must match its inventory; any difference is an error. */
async function leftBehind(settings: Settings, dependencies: TargetDependencies): Promise<unknown> {
  const file = inventoryFile(settings)
  const { compareInventory, isRunOfAll } = await import('../inventory/proof.ts')
  if (!isRunOfAll()) return undefined
  const { state } = viewNode(settings)
  if (state === 'absent') return undefined
  const why = state !== 'running' ? 'the node does not run' : existsSync(file) ? undefined : `there is no ${file}`
  if (why) {
    const message = `leftovers were not checked, because ${why}; the node is stopped with everything on it`
    dependencies.emit({ type: 'notice', level: 'warn', message })
    return undefined
  }
  try {
    const { openApi } = await import('../kubernetes/open-api.ts')
    const api = await openApi(await reach(settings))
    return await compareInventory(api, file, { ...dependencies, onlyOurs: false })
  } catch (error) {
    dependencies.signal?.throwIfAborted()
    return error
  }
}

async function verify(settings: Settings, dependencies: TargetDependencies): Promise<readonly CheckResult[]> {
  const { pid } = await requireRunning(settings)
  const { embeddedChecks } = await import('./verify.ts')
  const { openApi } = await import('../kubernetes/open-api.ts')
  const api = await openApi(await reach(settings))
  const components = async () => viewNode(settings).components
  return runChecks(embeddedChecks({ settings, api, runner: dependencies.runner, pid, components }), dependencies.signal)
}

async function reach(settings: Settings): Promise<Access> {
  const { bin } = await requireRunning(settings)
  const { listen: address, ports } = viewNode(settings).place
  const port = (setting: string) => [...ports].find(([, each]) => each === setting)?.[0] ?? 0
  return {
    local: { address, http: port('INGRESS_PORT'), https: port('INGRESS_TLS_PORT') },
    kubeconfig: nodeKubeconfig(settings),
    certificate: true,
    kubectl: join(bin, 'kubectl'),
    helm: async () => join(bin, 'helm'),
  }
}

/** The node's first process and its binaries. Throws CLUSTER_NOT_RUNNING. */
async function requireRunning(settings: Settings): Promise<{ pid: number; bin: string }> {
  const { state, pid, bin } = viewNode(settings)
  const ready = state === 'running' || state === 'starting'
  if (ready && pid !== undefined && bin && existsSync(nodeKubeconfig(settings))) return { pid, bin }
  const said = {
    absent: 'there is none',
    stopped: 'it is stopped',
    starting: 'it is starting',
    running: 'it has no kubeconfig',
  }
  throw new PlatformError('CLUSTER_NOT_RUNNING', `the cluster ${settings.CLUSTER_NAME} does not run: ${said[state]}`, {
    hint: 'pnpm up cluster',
  })
}
