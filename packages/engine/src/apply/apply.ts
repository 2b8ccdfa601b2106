import {
  CommandError,
  newRunId,
  PlatformError,
  repositoryRoot,
  step,
  type UnitContext,
  type UnitResult,
} from '@platform/core'
import { type LoadedImage, normalizeReference } from '@platform/images'
import type { Component } from '../component/component.ts'
import { imagesOf } from '../component/images.ts'
import { toFetch, unusable } from '../plan/types.ts'
import { currentRun } from '../readiness/evidence.ts'
import { readyLimitMs, waitReady } from '../readiness/wait-ready.ts'
import { withHeartbeat } from '../release/heartbeat.ts'
import { upgrade } from '../release/helm.ts'
import { readHistory } from '../release/history.ts'
import { type Held, withLease } from '../release/lease.ts'
import { releaseObjects } from '../release/objects.ts'
import { recoverRelease } from '../release/recover.ts'
import type { ReleaseHistory } from '../release/types.ts'
import { applySecrets } from '../secrets/apply-secrets.ts'
import { openSession } from '../session/session.ts'
import { addressesOf } from '../status/addresses.ts'
import { desiredRelease } from '../values/desired.ts'
import { withImageDigests } from '../values/image-digests.ts'
import { overlayFiles } from '../values/overlay-files.ts'
import type { ComponentRun } from './component-run.ts'
import { ensureNamespace } from './namespace.ts'
import { refreshConfigMaps } from './refresh-config-maps.ts'
import { removeAddedFields } from './remove-added-fields.ts'
import { rollBackAndThrow } from './roll-back.ts'
import { summaryOf } from './summary.ts'

/**
 * Brings a component to what it should be, and waits until it is ready. What fails is told with the pod's own reason, its
 * evidence kept, and rolled back. Killed at any point, a plain rerun goes on from what it left.
 *
 * @throws PlatformError RELEASE_BUSY, RELEASE_PENDING, SECRET_MISSING, PASSWORD_CHANGE_REFUSED: nothing was changed;
 *   COMPONENT_FAILED: it was rolled back
 */
export async function applyComponent(context: UnitContext, component: Component): Promise<UnitResult> {
  const wrong = await fetchSupplies(context, component)
  const result = await applyDesired(context, component)
  if (wrong.length) {
    throw new PlatformError(
      'INVALID_EXTERNAL_INPUT',
      `${component.name} is up, without this:\n${wrong.map((each) => `  ${each}`).join('\n')}`,
    )
  }
  return result
}

/** Fetches what the values are made from and the checkout lacks: what can't be had or used of it. */
async function fetchSupplies(
  { settings, emit, signal }: UnitContext,
  component: Component,
): Promise<readonly string[]> {
  const { externalInputs: supplies, name } = component
  if (!supplies) return []
  const input = { settings, root: repositoryRoot, files: overlayFiles(name, settings, repositoryRoot) }
  const missing = await supplies.missing(input)
  const gone = missing.length
    ? await step(emit, `fetch ${missing.join(', ')}`, () => supplies.fetch(input, { emit, signal }))
    : []
  return [...gone, ...((await supplies.invalid?.(input)) ?? [])]
}

async function applyDesired(context: UnitContext, component: Component): Promise<UnitResult> {
  const { settings, emit } = context
  const [session, desired] = await Promise.all([openSession(context), desiredRelease(component, settings)])
  const { namespace, release, name } = component
  const nothing = await nothingToDo(context, component, { session, desired })
  if (nothing) return { summary: nothing }
  await step(emit, `namespace ${namespace}`, (progress) =>
    ensureNamespace(session.api, namespace, { signal: context.signal, progress }),
  )
  const lease = { namespace, release, command: `pnpm up ${name}` }
  return withLease(session.api, lease, context.signal, (held) =>
    work({ context, component, session, desired, signal: held.signal, runId: currentRun() ?? newRunId() }, held),
  )
}

/**
 * A unit that lies between two that change is called too. What is as it should be is not touched; the plan tells, where a
 * look at the release alone does not.
 */
async function nothingToDo(
  context: UnitContext,
  component: Component,
  { session, desired }: Pick<ComponentRun, 'session' | 'desired'>,
): Promise<string | undefined> {
  const { newest } = await readHistory(session.api, component)
  if (newest?.status !== 'deployed' || newest.fingerprint !== desired.fingerprint) return undefined
  const { planUnit } = await import('../plan/plan-unit.ts')
  const { steps, state } = await planUnit(context, component, { verb: 'up' })
  // What could not be fetched a moment ago, or not be used, is no reason to hand the release over again.
  return steps.some(({ detail }) => detail !== toFetch && detail !== unusable) ? undefined : state
}

async function work(all: ComponentRun, { before }: Held): Promise<UnitResult> {
  const { context, component, session, desired, signal } = all
  const { emit } = context
  sayForeign(all)
  const history = await step(emit, 'look at the release', (progress) =>
    recoverRelease(session, component, { before, emit, signal, progress }),
  )
  const stop = new AbortController()
  const images = loadImages(all)
  images.catch(() => stop.abort()) // told below, by whoever waits for it
  const secrets = await applySecrets({ ...all, history })
  const loaded = await images
  signal.throwIfAborted()
  const digests = new Map(loaded.map(({ reference, digest }) => [reference, digest]))
  const withDigests = withImageDigests(desired, (reference) => digests.get(normalizeReference(reference)) ?? '')
  const { revision } = await step(
    emit,
    `upgrade ${component.release}`,
    (progress) => hand({ ...all, desired: withDigests }, { history, before, progress }),
    {
      detail: (result) => `revision ${result.revision}`,
    },
  )
  await removeAddedFields(all)
  await secrets.restart()
  const watched = await step(emit, 'wait until it is ready', (progress) =>
    waitReady(all, { progress, limitMs: readyLimitMs }),
  ).catch((error: unknown) => rollBackAndThrow(all, history, error))
  await refreshConfigMaps(session.api, await releaseObjects(session.api, watched.record.manifest, component.namespace))
  await secrets.changeLate()
  const addresses = addressesOf(component, context.settings, { access: session.access, observed: watched.seen })
  return summaryOf({ component, desired, revision, loaded, addresses, record: watched.record })
}

/** Brings its images to the cluster's nodes. A foreign chart's are its own affair. */
async function loadImages({ component, session, desired, context }: ComponentRun): Promise<readonly LoadedImage[]> {
  if (desired.chart.kind !== 'own') return []
  const definitions = await imagesOf(component)
  if (!definitions.length) return []
  return step(context.emit, 'images', () => session.target.loadImages(definitions), {
    detail: (images) =>
      images.map(({ name, fidelity }) => `${name} ${fidelity}`).join(', ') || 'the cluster pulls them',
  })
}

/** What Helm says when another one is at work on the same release: that of a killed run, which outlives it. */
const atWork = /another operation \(install\/upgrade\/rollback\) is in progress|already exists/

/** Helm writes; it waits for nothing but hooks. */
async function hand(
  all: ComponentRun,
  {
    history,
    before,
    progress,
  }: Pick<Held, 'before'> & {
    readonly history: ReleaseHistory
    readonly progress: (message: string) => void
  },
): Promise<{ revision: number }> {
  const { component, session, desired, runId, signal, context } = all
  for (let attempt = 1; ; attempt += 1) {
    try {
      await withHeartbeat(progress, 'Helm is at work', () =>
        upgrade(session.helm, component, desired, { runId, signal }),
      )
      return { revision: (await readHistory(session.api, component)).newest?.revision ?? 0 }
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof CommandError)) throw error
      const said = error.result.stderr.trim() || error.message
      if (attempt > 3 || !atWork.test(said)) {
        return rollBackAndThrow(all, history, new PlatformError('HELM_FAILED', said, { cause: error }))
      }
      progress('another Helm was faster: waiting for it to end')
      await recoverRelease(session, component, { before, emit: context.emit, signal, progress })
    }
  }
}

/** What can't be promised for a chart that is not ours is said, each time. */
function sayForeign({ desired: { chart }, component: { name }, context }: ComponentRun): void {
  if (chart.kind === 'own') return
  const from = chart.kind === 'path' ? chart.path : chart.kind === 'oci' ? chart.ref : `${chart.ref} of ${chart.repo}`
  context.emit({
    type: 'notice',
    level: 'warn',
    message: `${name} is the chart ${from}: its volumes are kept; but Secrets that it renders stand in Helm's stored release, passwords that it makes up change with each upgrade, its images are pulled by the cluster, and our checks may not fit it`,
  })
}
