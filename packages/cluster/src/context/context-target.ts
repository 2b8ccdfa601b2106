import {
  type CheckResult,
  PlatformError,
  type Settings,
  step,
  type UnitPlan,
  type UnitResult,
  usageError,
} from '@platform/core'
import { runChecks } from '../check.ts'
import { atLeast, oldestKubernetes, withinSkew } from '../kubernetes/version.ts'
import type { Access, NeedResult, Target, TargetDependencies } from '../target.ts'
import { type BoundContext, bindContext, requireBinding } from './bound-context.ts'
import { contextChecks } from './checks.ts'
import { type ContextFacts, contextFacts, serverVersion } from './facts.ts'
import { contextNeeds } from './needs.ts'
import { writeOwnKubeconfig } from './own-kubeconfig.ts'
import { findHelm, fittingKubectl, type ToolSources, toolSources } from './tools.ts'

/** A cluster that someone else made: looked at, checked, never changed, started or stopped. */
export function contextTarget(
  settings: Settings,
  dependencies: TargetDependencies,
  sources: ToolSources = toolSources(settings, dependencies),
): Target {
  const bind = () => bindContext(settings, dependencies, sources)
  return {
    kind: 'context',
    plan: async (intent) => (intent.verb === 'up' ? planUp(bind, dependencies) : planDown(settings, intent.named)),
    up: () => checkContext(bind, dependencies),
    down: async () => {
      throw refusal(requireBinding(settings).context)
    },
    verify: async (): Promise<readonly CheckResult[]> => runChecks(contextChecks(await bind()), dependencies.signal),
    loadImages: async () => [],
    access: async () => reach(settings, dependencies, await bind(), sources),
    preflight: async (): Promise<readonly NeedResult[]> => contextNeeds(bind),
  }
}

/** There is never anything to do to the cluster itself; but whether it can be used is known before anything is tried. */
async function planUp(bind: () => Promise<BoundContext>, dependencies: TargetDependencies): Promise<UnitPlan> {
  const { summary } = await checkContext(bind, dependencies)
  return { state: summary, steps: [] }
}

/** `down all` passes it over; `down cluster` asks for what is never done. */
function planDown(settings: Settings, named: boolean): UnitPlan {
  const { context } = requireBinding(settings)
  if (named) throw refusal(context)
  return { state: `context ${context}: someone else's cluster, never stopped from here`, steps: [] }
}

/** `up cluster` on a context: everything that is missing, in one error; or what the cluster offers. */
async function checkContext(bind: () => Promise<BoundContext>, { emit }: TargetDependencies): Promise<UnitResult> {
  return step(emit, 'check the cluster', async (progress) => {
    progress('asking for the UID of kube-system')
    const { context, uid, kubectl } = await bind()
    progress('asking for version, permissions, storage classes, load balancers')
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

/** Throws CONTEXT_UNUSABLE with everything that is missing, together. */
export function requireUsable({ version, missingPermissions }: ContextFacts, context: string): void {
  const problems = [
    !atLeast(version, oldestKubernetes) && `Kubernetes ${version.text} is older than ${oldestKubernetes.text}`,
    ...missingPermissions.map((line) => `not allowed: ${line}`),
  ].filter((problem): problem is string => Boolean(problem))
  if (problems.length === 0) return
  throw new PlatformError(
    'CONTEXT_UNUSABLE',
    `context ${context} can't be used:\n${problems.map((p) => `  ${p}`).join('\n')}`,
    {
      hint: `kubectl --context '${context}' auth can-i --list`,
    },
  )
}

function refusal(context: string): PlatformError {
  return usageError(
    'NOT_OURS_TO_STOP',
    `context ${context} is someone else's cluster: it is never stopped from here`,
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
    const message = `kubectl ${kubectl.version.text} is more than one minor away from the server's ${server.text}: no nearer one is on PATH`
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
