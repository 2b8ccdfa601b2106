import { existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  type CheckResult,
  PlatformError,
  runChecks,
  type Settings,
  step,
  type UnitPlan,
  type UnitResult,
  usageError,
} from '@platform/core'
import { atLeast, oldestKubernetes, withinSkew } from '../kubernetes/version.ts'
import type { Access, NeedResult, Target, TargetDependencies } from '../target.ts'
import { type BoundContext, bindContext, requireBinding } from './bound-context.ts'
import { contextChecks } from './checks.ts'
import { type ContextFacts, contextFacts, serverVersion } from './facts.ts'
import { contextNeeds } from './needs.ts'
import { writeOwnKubeconfig } from './own-kubeconfig.ts'
import { findHelm, fittingKubectl, type ToolSources, toolSources } from './tools.ts'
import { contextDirectory } from './user-kubectl.ts'

/** An unmanaged cluster: it is read and checked, but never changed, started or stopped. */
export function contextTarget(
  settings: Settings,
  dependencies: TargetDependencies,
  sources: ToolSources = toolSources(settings, dependencies),
): Target {
  const bind = () => bindContext(settings, dependencies, sources)
  const openHere = async () => {
    const { openApi } = await import('../kubernetes/open-api.ts')
    return openApi(await reach(settings, dependencies, await bind(), sources))
  }
  return {
    kind: 'context',
    plan: async (intent) => (intent.verb === 'up' ? planUp(settings, bind, dependencies) : planDown(settings, intent)),
    async up() {
      const result = await checkContext(bind, dependencies)
      const file = inventoryFile(settings)
      if (!existsSync(file)) {
        const { recordInventory } = await import('../inventory/proof.ts')
        await recordInventory(await openHere(), file, dependencies)
      }
      return result
    },
    async down({ purge }) {
      const { context } = requireBinding(settings)
      const file = inventoryFile(settings)
      const { compareInventory, isRunOfAll } = await import('../inventory/proof.ts')
      if (!purge || !isRunOfAll()) throw refusal(context)
      if (!existsSync(file)) {
        const message = `the inventory ${file} is missing: leftovers are found only by the platform's labels`
        dependencies.emit({ type: 'notice', level: 'warn', message })
      }
      const left = await compareInventory(await openHere(), file, { ...dependencies, onlyOurs: true })
      if (left) throw left
      // Later objects may be unmanaged, so the next first `up` records a new inventory.
      const { forgetInventory } = await import('../inventory/file.ts')
      forgetInventory(file)
      return { summary: `context ${context}: no managed object is left; the cluster is unmanaged and keeps running` }
    },
    verify: async (): Promise<readonly CheckResult[]> => runChecks(contextChecks(await bind()), dependencies.signal),
    loadImages: async () => [],
    access: async () => reach(settings, dependencies, await bind(), sources),
    preflight: async (): Promise<readonly NeedResult[]> => contextNeeds(bind),
  }
}

/** The inventory file: the objects that existed before the first component. */
function inventoryFile(settings: Settings): string {
  return join(contextDirectory(settings, requireBinding(settings).uid), 'inventory.json')
}

/** The cluster itself is never changed, but the plan fails early if the cluster can't be used. */
async function planUp(
  settings: Settings,
  bind: () => Promise<BoundContext>,
  dependencies: TargetDependencies,
): Promise<UnitPlan> {
  const { summary } = await checkContext(bind, dependencies)
  if (existsSync(inventoryFile(settings))) return { state: summary, steps: [] }
  const detail = 'the objects before the first component, for `down all --purge`; the cluster is only read'
  return { state: summary, steps: [{ action: 'create', subject: 'the inventory of the cluster', detail }] }
}

/** `down all` only checks that nothing is left; `down cluster` is refused. */
function planDown(settings: Settings, { named, purge }: { named: boolean; purge: boolean }): UnitPlan {
  const { context } = requireBinding(settings)
  if (named) throw refusal(context)
  const state = `context ${context}: unmanaged cluster, never stopped by the platform`
  if (!purge) return { state, steps: [] }
  if (!existsSync(inventoryFile(settings))) {
    const told = 'no inventory was taken: what of ours is still there is an error; the cluster is only read'
    return { state, steps: [{ action: 'delete', subject: 'nothing, after a look for what is ours', detail: told }] }
  }
  const detail = 'what of ours is still there is an error; the cluster is only read'
  return { state, steps: [{ action: 'delete', subject: 'the inventory, after a comparison with it', detail }] }
}

/** `up cluster` on a context: returns the cluster's facts, or fails with everything that is missing. */
async function checkContext(bind: () => Promise<BoundContext>, { emit }: TargetDependencies): Promise<UnitResult> {
  return step(emit, 'check the cluster', async (progress) => {
    progress('reading the UID of kube-system')
    const { context, uid, kubectl } = await bind()
    progress('reading version, permissions, storage classes, load balancers')
    const facts = await contextFacts(kubectl)
    requireUsable(facts, context)
    const storage = facts.defaultClasses.join(', ') || 'none'
    const { answer, why } = facts.loadBalancer
    const summary = `context ${context}: ${facts.version.text}, all permissions, default StorageClass ${storage}, LoadBalancer ${answer} (${why})`
    return {
      summary,
      data: {
        context,
        uid,
        version: facts.version.text,
        defaultStorageClasses: facts.defaultClasses,
        loadBalancer: facts.loadBalancer,
      },
    }
  })
}

/** Throws one CONTEXT_NOT_SUPPORTED that lists everything that is missing. */
export function requireUsable({ version, missingPermissions }: ContextFacts, context: string): void {
  const problems = [
    !atLeast(version, oldestKubernetes) && `Kubernetes ${version.text} is older than ${oldestKubernetes.text}`,
    ...missingPermissions.map((line) => `not allowed: ${line}`),
  ].filter((problem): problem is string => Boolean(problem))
  if (problems.length === 0) return
  throw new PlatformError(
    'CONTEXT_NOT_SUPPORTED',
    `context ${context} can't be used:\n${problems.map((p) => `  ${p}`).join('\n')}`,
    {
      hint: `kubectl --context '${context}' auth can-i --list`,
    },
  )
}

function refusal(context: string): PlatformError {
  return usageError(
    'CLUSTER_NOT_MANAGED',
    `context ${context} is an unmanaged cluster: the platform never stops it`,
    'pnpm down all',
  )
}

async function reach(
  settings: Settings,
  { runner, emit }: TargetDependencies,
  bound: BoundContext,
  sources: ToolSources,
): Promise<Access> {
  const server = await serverVersion(bound.kubectl)
  const [kubeconfig, kubectl] = await Promise.all([
    writeOwnKubeconfig(settings, bound),
    fittingKubectl(server, bound.binary, runner, sources),
  ])
  if (!withinSkew(kubectl.version, server)) {
    const message = `kubectl ${kubectl.version.text} differs by more than one minor version from the server's ${server.text}, and no nearer one is on PATH`
    emit({ type: 'notice', level: 'warn', message })
  }
  return {
    kubeconfig,
    context: bound.context,
    certificate: false,
    kubectl: kubectl.path,
    helm: () => findHelm(runner, sources),
  }
}
