import type { PlannedStep, UnitPlan } from '@platform/core'
import { objectName } from '../diff/describe.ts'
import { objectStep } from '../diff/drift.ts'
import { isOfRelease } from '../diff/observe.ts'
import type { DesiredSecret } from '../secrets/desired-secret.ts'
import { conflictError, conflictsOf } from './conflicts.ts'
import type { Desired, Observed } from './types.ts'

/**
 * The steps of `up` for a component. Pure.
 *
 * @throws PlatformError RESOURCE_NOT_MANAGED, exit code 2, that names every conflict
 */
export function planComponent(desired: Desired, observed: Observed): UnitPlan {
  const conflicts = conflictsOf(desired, observed)
  if (conflicts.length) throw conflictError(desired.name, conflicts)
  const { namespace, rendered } = desired
  const changes = [
    !observed.namespaceExists && { action: 'create' as const, subject: `Namespace ${namespace}` },
    ...observed.secrets.flatMap((secret) => [secretStep(namespace, secret), staleStep(namespace, secret)]),
    ...(rendered ? renderedSteps(desired, observed) : observed.objects.map((each) => objectStep(each, each.wanted))),
  ].filter((step): step is PlannedStep => Boolean(step))
  const release = releaseStep(desired, observed, changes.length)
  const steps = [...(release ? [release] : []), ...changes]
  if (!steps.length && observed.unready.length) {
    steps.push({ action: 'start', subject: 'workloads that are not ready', detail: observed.unready.join('\n') })
  }
  return { state: stateOf(desired, observed), steps }
}

/** The step of the release, with the command; none if only objects drifted, or nothing did. */
function releaseStep(
  { release, namespace, fingerprint, rendered }: Desired,
  { history, record }: Observed,
  changes: number,
): PlannedStep | undefined {
  const subject = `release ${namespace}/${release}`
  const { newest, pending } = history
  const commands = rendered ? [rendered.command] : undefined
  if (pending) {
    const age =
      pending.ageMs < 120_000 ? `${Math.round(pending.ageMs / 1000)} s` : `${Math.round(pending.ageMs / 60_000)} min`
    const detail = `${pending.status} for ${age} (revision ${pending.revision}): left by a killed run, or another Helm process works on it; \`up\` finds out`
    return { action: 'update', subject, detail, commands }
  }
  if (!rendered) return undefined
  if (!newest || !record) return { action: 'create', subject, detail: 'not installed', commands }
  const why =
    newest.status !== 'deployed'
      ? `its newest revision ${newest.revision} is ${newest.status}`
      : newest.fingerprint === fingerprint
        ? 'its objects have to be rendered again'
        : 'its chart, values or images have changed'
  return { action: 'update', subject, detail: changes ? why : `${why}; no object differs`, commands }
}

function renderedSteps(desired: Desired, { objects, record }: Observed): (PlannedStep | undefined)[] {
  const { rendered } = desired
  const before = new Map(objects.map(({ wanted }) => [identity(wanted), wanted]))
  const wanted = new Set(rendered?.objects.map((each) => identity(each.wanted)))
  const gone = objects.filter(
    ({ wanted: old, live }) => live && isOfRelease(live, desired) && !wanted.has(identity(old)),
  )
  return [
    ...(rendered?.objects ?? []).map((each) => objectStep(each, record && before.get(identity(each.wanted)))),
    ...gone.flatMap(({ wanted: old, live }) =>
      live && live.metadata.annotations?.['helm.sh/resource-policy'] === 'keep'
        ? []
        : [{ action: 'delete' as const, subject: objectName(live ?? old), detail: 'no longer in the chart' }],
    ),
  ]
}

function identity({ apiVersion = '', kind, metadata }: Observed['objects'][number]['wanted']): string {
  // The object stays the same if a chart moves to another version of its API group.
  return [apiVersion.includes('/') ? apiVersion.split('/')[0] : '', kind, metadata.namespace ?? '', metadata.name].join(
    ' ',
  )
}

/** Pods with an old Secret, left by a run that was killed after it wrote the new one. */
function staleStep(namespace: string, { definition, stale }: DesiredSecret): PlannedStep | undefined {
  if (!stale.length) return undefined
  const detail = `they use an older Secret ${definition.name}: ${stale.map(({ name }) => name).join(', ')}`
  return { action: 'update', subject: `pods in ${namespace}`, detail }
}

function secretStep(
  namespace: string,
  { definition, data, toGenerate, stored, edited, differs }: DesiredSecret,
): PlannedStep | undefined {
  if (!differs) return undefined
  const subject = `Secret ${namespace}/${definition.name}`
  const keys = [...Object.keys(data), ...toGenerate]
  // Derived keys are not known while what they derive from is to be generated.
  const derived = toGenerate.length > 0 && definition.derive ? ' and those derived from them' : ''
  if (!stored) return { action: 'create', subject, detail: `keys ${keys.join(', ')}${derived}; values not shown` }
  const say = (what: string, keys: readonly string[]) => (keys.length ? [`${what}: ${keys.join(', ')}`] : [])
  const detail = [
    ...say('edited by hand, to be applied to the running server', edited),
    ...say(
      'keys to add',
      keys.filter((key) => stored[key] === undefined),
    ),
    ...say(
      'keys to change',
      Object.keys(data).filter((key) => stored[key] !== undefined && stored[key] !== data[key]),
    ),
    ...say('keys to remove', derived ? [] : Object.keys(stored).filter((key) => !keys.includes(key))),
  ]
  return { action: 'update', subject, detail: `${detail.join('; ')}; values not shown` }
}

function stateOf({ chart, rendered }: Desired, { record, history, unready }: Observed): string {
  if (!record) return 'not installed'
  const { status = 'unknown', revision = 0 } = history.newest ?? {}
  const words = [
    status === 'deployed' ? 'installed' : status,
    `${record.chart.name} ${record.chart.version}`,
    `revision ${revision}`,
    !rendered && unready.length === 0 && 'ready',
    unready.length > 0 && `${unready.length} not ready`,
  ]
  return `${words.filter(Boolean).join(', ')}${chart.kind === 'own' ? '' : `; ${foreignNotice}`}`
}

/** What the platform does not guarantee for a replaced chart. */
export const foreignNotice =
  "replaced chart: its Secrets are in Helm's release, passwords that it generates change with each upgrade, and verify runs the general checks only"
