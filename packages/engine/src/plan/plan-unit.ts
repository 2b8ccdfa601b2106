import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import {
  type Intent,
  type PlannedStep,
  PlatformError,
  repositoryRoot,
  type UnitContext,
  type UnitPlan,
} from '@platform/core'
import type { Component } from '../component/component.ts'
import type { Values } from '../component/identity.ts'
import { imagesOf } from '../component/images.ts'
import { readHistory, readRecord } from '../release/history.ts'
import { openSession, type Session } from '../session/session.ts'
import { fingerprintOf } from '../values/fingerprint.ts'
import { replacesChart } from '../values/replaces-chart.ts'
import type { DesiredRelease } from '../values/types.ts'
import { planComponent } from './plan-component.ts'
import { type Desired, type Observed, toFetch, unusable } from './types.ts'

/** Errors of a cluster that does not run, or is still starting. */
const notRunning = new Set(['CLUSTER_NOT_RUNNING', 'API_UNREACHABLE'])

/**
 * Whether a plan is possible without the cluster. For `up` always, because it starts the cluster. `down all` also removes
 * the node with everything on it. A named component, or a bound cluster, has to be read first. A purge needs the stopped
 * node's state.
 */
export function plansBlind(
  error: unknown,
  intent: Intent,
  { TARGET, clusterDir }: Pick<UnitContext['settings'], 'TARGET' | 'clusterDir'>,
): boolean {
  if (!(error instanceof PlatformError) || !notRunning.has(error.code)) return false
  if (intent.verb === 'up') return true
  if (error.code === 'API_UNREACHABLE') return TARGET === 'embedded' && !intent.named
  return !(intent.named && intent.purge && existsSync(clusterDir))
}

/**
 * The plan of `up` or `down` for a component. Reads only. If nothing changed it reads the files, the release and its
 * objects, and loads neither Helm nor YAML.
 *
 * @throws PlatformError with exit code 2: invalid values, conflicts with unmanaged resources; API_UNREACHABLE and
 *   CLUSTER_NOT_RUNNING for a `down` that needs the cluster
 */
export async function planUnit(
  context: UnitContext,
  component: Component,
  intent: Intent,
  root: string = repositoryRoot,
): Promise<UnitPlan> {
  try {
    const session = await openSession(context)
    if (intent.verb === 'up') return await planUp(context, component, session, root)
    const { planDown } = await import('./plan-down.ts')
    return await planDown(session, component, intent)
  } catch (error) {
    if (!plansBlind(error, intent, context.settings)) throw error
    return planBlind(context, component, intent, root)
  }
}

async function planUp(
  { settings }: UnitContext,
  component: Component,
  session: Session,
  root: string,
): Promise<UnitPlan> {
  const [{ desired, observed }, missing] = await Promise.all([
    lookAt({ settings, component, session, root }),
    externalInputSteps(settings, component, root),
  ])
  const { state, steps } = planComponent(desired, observed)
  return { state, steps: [...missing, ...steps] }
}

/** Steps for external inputs that are missing or invalid. */
async function externalInputSteps(
  settings: UnitContext['settings'],
  component: Component,
  root: string,
): Promise<PlannedStep[]> {
  if (!component.externalInputs) return []
  const { overlayFiles } = await import('../values/overlay-files.ts')
  const input = { settings, root, files: overlayFiles(component.name, settings, root) }
  const [missing, wrong = []] = await Promise.all([
    component.externalInputs.missing(input),
    component.externalInputs.invalid?.(input),
  ])
  return [
    ...missing.map((subject): PlannedStep => ({ action: 'create', subject, detail: toFetch })),
    ...wrong.map((subject): PlannedStep => ({ action: 'create', subject, detail: unusable })),
  ]
}

/** Reads everything that decides what `up` does: the desired and the live state. */
export async function lookAt({
  settings,
  component,
  session,
  root = repositoryRoot,
}: {
  readonly settings: UnitContext['settings']
  readonly component: Component
  readonly session: Session
  readonly root?: string
}): Promise<{ readonly desired: Desired; readonly observed: Observed }> {
  const { api } = session
  const { name, release, namespace } = component
  let resolved: Promise<DesiredRelease> | undefined
  const resolve = () => {
    resolved ??= import('../values/desired.ts').then(({ desiredRelease }) => desiredRelease(component, settings, root))
    return resolved
  }
  const [fingerprint, chart, history, found] = await Promise.all([
    fingerprintOf(component, settings, root, resolve),
    chartOf(component, settings, root, resolve),
    readHistory(api, component),
    api.find(`/api/v1/namespaces/${namespace}`),
  ])
  const { newest, deployed } = history
  const same = newest?.status === 'deployed' && newest.fingerprint === fingerprint
  const revision = deployed ?? newest
  const [record, secrets] = await Promise.all([
    revision && readRecord(api, namespace, revision),
    chart.kind === 'own' ? lookAtSecrets(session, settings, component) : noSecrets,
  ])
  const objects = record ? await lookAtObjects(session, component, record) : []
  const rendered = same && record ? undefined : await renderDesired(session, component, await resolve(), record?.config)
  const { unreadyWorkloads } = await import('../readiness/unready.ts')
  return {
    desired: { name, release, namespace, fingerprint, chart, rendered },
    observed: {
      ...{ history, record, objects, ...secrets },
      namespaceExists: found !== undefined,
      unready: await unreadyWorkloads(api, objects),
      otherPods: rendered
        ? await podsWithPorts(
            session,
            rendered.objects.map(({ wanted }) => wanted),
          )
        : [],
    },
  }
}

async function lookAtObjects(
  { api, access }: Session,
  { namespace }: Component,
  record: NonNullable<Observed['record']>,
) {
  const [{ manifestObjects }, { observeObjects }] = await Promise.all([
    import('../release/manifest-objects.ts'),
    import('../diff/observe.ts'),
  ])
  // Beside the kubeconfig, so that each cluster has its own cache on both targets.
  return observeObjects(api, namespace, await manifestObjects({ clusterDir: dirname(access.kubeconfig) }, record))
}

/** A replaced chart brings its own Secrets. */
const noSecrets = { secrets: [], foreignSecrets: [] }

async function lookAtSecrets(
  { api }: Session,
  settings: UnitContext['settings'],
  component: Component,
): Promise<Pick<Observed, 'secrets' | 'foreignSecrets'>> {
  if (!component.secrets?.length) return noSecrets
  const [{ readSecrets }, { foreignSecrets }] = await Promise.all([
    import('../secrets/read-secrets.ts'),
    import('../diff/observe.ts'),
  ])
  const foreign = await foreignSecrets(api, component)
  // Unmanaged Secrets are not read.
  const own = { ...component, secrets: component.secrets.filter(({ name }) => !foreign.includes(name)) }
  return { foreignSecrets: foreign, secrets: await readSecrets(api, settings, own) }
}

async function renderDesired(
  session: Session,
  component: Component,
  desired: DesiredRelease,
  deployed: Values | undefined,
): Promise<Desired['rendered']> {
  const [{ deployedDigests, withImageDigests }, { render }] = await Promise.all([
    import('../values/image-digests.ts'),
    import('./render.ts'),
  ])
  return render(session, component, withImageDigests(desired, deployedDigests(deployed)))
}

async function chartOf(
  component: Component,
  settings: UnitContext['settings'],
  root: string,
  resolve: () => Promise<DesiredRelease>,
): Promise<Desired['chart']> {
  if (!replacesChart(component, settings, root)) return { kind: 'own', path: `${component.directory}/chart` }
  return (await resolve()).chart
}

/** All pods of the cluster, only if the component needs host ports. */
async function podsWithPorts({ api }: Session, objects: readonly Observed['objects'][number]['wanted'][]) {
  const { wantedPorts } = await import('./conflicts.ts')
  const balanced = objects.some(
    ({ kind, spec }) => kind === 'Service' && (spec as { type?: string })?.type === 'LoadBalancer',
  )
  return wantedPorts(objects).length || balanced ? api.list<Observed['otherPods'][number]>('/api/v1/pods') : []
}

/** The plan without a cluster: it only validates the files, so that no invalid ones are applied. */
async function planBlind(
  { settings }: UnitContext,
  component: Component,
  intent: Intent,
  root: string,
): Promise<UnitPlan> {
  const state = 'unknown: the cluster does not run'
  if (intent.verb === 'down') {
    const then = intent.named ? '; once it does (pnpm up cluster), `down` removes it' : ''
    return { state: `${state}, nothing is removed${then}`, steps: [] }
  }
  const { desiredRelease } = await import('../values/desired.ts')
  const [missing, { chart }, images] = await Promise.all([
    externalInputSteps(settings, component, root),
    desiredRelease(component, settings, root),
    imagesOf(component),
  ])
  const subject = `release ${component.namespace}/${component.release}`
  const detail = 'known once the cluster runs'
  return {
    ...{ state, steps: [...missing, { action: 'create', subject, detail }] },
    images: chart.kind === 'own' ? images.map(({ name }) => name) : [],
  }
}
