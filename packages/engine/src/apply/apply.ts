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
 * Reconciles a component and waits until it is ready. After a failure it reports the pod's own reason, keeps the evidence
 * and rolls back. A run that was killed at any point is continued by running the command again.
 *
 * @throws PlatformError RELEASE_BUSY, RELEASE_PENDING, SECRET_MISSING, PASSWORD_CHANGE_REFUSED: nothing was changed;
 *   COMPONENT_FAILED: the release was rolled back; INVALID_EXTERNAL_INPUT: the rest is up
 */
export async function applyComponent(context: UnitContext, component: Component): Promise<UnitResult> {
  const problems = await fetchExternalInputs(context, component)
  const result = await applyDesired(context, component)
  if (problems.length) {
    throw new PlatformError(
      'INVALID_EXTERNAL_INPUT',
      `${component.name} is up, without these external inputs:\n${problems.map((each) => `  ${each}`).join('\n')}`,
    )
  }
  return result
}

/** Fetches missing external inputs. Returns those that are not available or invalid. */
async function fetchExternalInputs(
  { settings, emit, signal }: UnitContext,
  component: Component,
): Promise<readonly string[]> {
  const { externalInputs, name } = component
  if (!externalInputs) return []
  const input = { settings, root: repositoryRoot, files: overlayFiles(name, settings, repositoryRoot) }
  const missing = await externalInputs.missing(input)
  const unavailable = missing.length
    ? await step(emit, `fetch ${missing.join(', ')}`, () => externalInputs.fetch(input, { emit, signal }))
    : []
  return [...unavailable, ...((await externalInputs.invalid?.(input)) ?? [])]
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
 * The state of a component that is up to date; undefined otherwise. A unit between two changed ones is called even when
 * nothing about it changed. The plan decides, because the release alone does not show drift.
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
  // External inputs that are still missing are no reason for another upgrade.
  return steps.some(({ detail }) => detail !== toFetch && detail !== unusable) ? undefined : state
}

async function work(all: ComponentRun, { before }: Held): Promise<UnitResult> {
  const { context, component, session, desired, signal } = all
  const { emit } = context
  warnAboutReplacedChart(all)
  const history = await step(emit, 'check the release', (progress) =>
    recoverRelease(session, component, { before, emit, signal, progress }),
  )
  const stop = new AbortController()
  const images = loadImages(all)
  images.catch(() => stop.abort()) // reported where it is awaited
  const secrets = await applySecrets({ ...all, history })
  const loaded = await images
  signal.throwIfAborted()
  const digests = new Map(loaded.map(({ reference, digest }) => [reference, digest]))
  const withDigests = withImageDigests(desired, (reference) => digests.get(normalizeReference(reference)) ?? '')
  const { revision } = await step(
    emit,
    `upgrade ${component.release}`,
    (progress) => upgradeRelease({ ...all, desired: withDigests }, { history, before, progress }),
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
  const addresses = addressesOf(component, context.settings, { access: session.access, observed: watched.observed })
  return summaryOf({ component, desired, revision, loaded, addresses, record: watched.record })
}

/** Loads the component's images into the cluster's nodes. The cluster pulls those of a replaced chart itself. */
async function loadImages({ component, session, desired, context }: ComponentRun): Promise<readonly LoadedImage[]> {
  if (desired.chart.kind !== 'own') return []
  const definitions = await imagesOf(component)
  if (!definitions.length) return []
  return step(context.emit, 'images', () => session.target.loadImages(definitions), {
    detail: (images) => images.map(({ name, fidelity }) => `${name} ${fidelity}`).join(', ') || 'pulled by the cluster',
  })
}

/** Helm's error while another Helm process works on the release: one that outlived its killed run. */
const otherOperation = /another operation \(install\/upgrade\/rollback\) is in progress|already exists/

/** Runs `helm upgrade`, which waits for hooks only. */
async function upgradeRelease(
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
      await withHeartbeat(progress, 'helm upgrade', () => upgrade(session.helm, component, desired, { runId, signal }))
      return { revision: (await readHistory(session.api, component)).newest?.revision ?? 0 }
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof CommandError)) throw error
      const message = error.result.stderr.trim() || error.message
      if (attempt > 3 || !otherOperation.test(message)) {
        return rollBackAndThrow(all, history, new PlatformError('HELM_FAILED', message, { cause: error }))
      }
      progress('another Helm process works on this release: waiting for it to end')
      await recoverRelease(session, component, { before, emit: context.emit, signal, progress })
    }
  }
}

/** Warns about what the platform cannot guarantee for a replaced chart. */
function warnAboutReplacedChart({ desired: { chart }, component: { name }, context }: ComponentRun): void {
  if (chart.kind === 'own') return
  const from = chart.kind === 'path' ? chart.path : chart.kind === 'oci' ? chart.ref : `${chart.ref} of ${chart.repo}`
  context.emit({
    type: 'notice',
    level: 'warn',
    message: `${name} uses the chart ${from}. Its volumes are kept. Secrets that it renders are stored in Helm's release, passwords that it generates change with each upgrade, the cluster pulls its images, and only the general checks run`,
  })
}
