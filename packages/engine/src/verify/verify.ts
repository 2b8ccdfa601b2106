import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { PodObject } from '@platform/cluster'
import { type Check, type CheckResult, CheckSkipped, repositoryRoot, runChecks, type UnitContext } from '@platform/core'
import type { ComponentCheck } from '../component/check.ts'
import type { Component } from '../component/component.ts'
import { observeObjects } from '../diff/observe.ts'
import { readHistory, readRecord } from '../release/history.ts'
import { manifestObjects } from '../release/manifest-objects.ts'
import { imagesText, loadedImages, runningImages } from '../release/running-images.ts'
import { openSession, type Session } from '../session/session.ts'
import { replacesChart } from '../values/replaces-chart.ts'
import { generalChecks, hasSubject, type ReleaseState } from './general-checks.ts'
import { capabilities } from './proof/capabilities.ts'
import { sweepLeftovers } from './proof/temporary.ts'
import { deployedValues, type ProofScope, withProofContext } from './proof-context.ts'

/**
 * Runs the checks of a component: the general ones, then its own. They run concurrently and are reported in order. Their
 * temporary objects are deleted when this returns.
 */
export async function verifyComponent(context: UnitContext, component: Component): Promise<CheckResult[]> {
  const session = await openSession(context)
  const left = await sweepLeftovers(session.api, component.name)
  if (left.length) {
    const message = `deleted leftovers of a killed check: ${left.join(', ')}`
    context.emit({ type: 'notice', level: 'info', message })
  }
  const { checks, closed } = await checksOf(context, component, session)
  const results = await runChecks(ofProof(checks, context.proof), context.signal)
  await closed()
  context.signal.throwIfAborted()
  return results
}

/** The checks of one proof: their ids are its name, or begin with it and a dash. Without a proof: all checks. */
export function ofProof<T extends { readonly id?: string }>(checks: readonly T[], proof: string | undefined): T[] {
  return checks.filter(({ id = '' }) => proof === undefined || id === proof || id.startsWith(`${proof}-`))
}

/** The checks of a component, ready to run, in the order of the report. */
export interface ReadyChecks {
  readonly checks: readonly Check[]
  /** Settles when all temporary objects are deleted, also those of aborted checks. */
  closed(): Promise<void>
}

/** Prepares the checks of a component. Reads only its release. */
export async function checksOf(context: UnitContext, component: Component, session: Session): Promise<ReadyChecks> {
  const { api } = session
  const { settings } = context
  const endpoint = capabilities(session, settings)
  const chartReplaced = replacesChart(component, settings, repositoryRoot)
  let state: Promise<ReleaseState> | undefined
  const readState = () => {
    state ??= readReleaseState(context, component, session, chartReplaced)
    return state
  }
  const closing: Promise<void>[] = []
  const values = deployedValues(session, component)
  values.catch(() => {}) // reported by the checks that need them
  const images = (pods: readonly PodObject[]) => imagesText(runningImages(pods, settings, loadedImages(settings)))
  const applies = await applicableChecks(readState)
  const general = generalChecks({ api, component, endpoint, readState, images }).filter(({ id }) => applies(id))
  const own = (await loadChecks(component)).map(
    ({ id, name, timeoutMs, hint, needs = [], run }): Check => ({
      ...{ id, name, timeoutMs, hint },
      async run(signal) {
        if (chartReplaced) throw new CheckSkipped("the chart is not the component's own: only the general checks run")
        for (const capability of needs) {
          if (!(await endpoint(capability))) throw new CheckSkipped(`no deployed component provides ${capability}`)
        }
        const scope: ProofScope = {
          context,
          component,
          session,
          signal,
          timeoutMs,
          endpoint,
          values: await values,
          onClose: (closed) => void closing.push(closed),
        }
        return withProofContext(scope, (proof) => run(proof))
      },
    }),
  )
  return {
    checks: [...general, ...own],
    closed: async () => void (await Promise.allSettled(closing)),
  }
}

/**
 * Tells which general checks apply to the release; one without subjects could not fail. If the release cannot be read,
 * all apply, and each reports why.
 */
async function applicableChecks(readState: () => Promise<ReleaseState>): Promise<(id: string | undefined) => boolean> {
  const objects = await readState().then(
    ({ objects: found }) => found,
    () => [],
  )
  return (id) => !objects.length || hasSubject(id, objects)
}

/** The objects of a component's release, with their live state. */
export async function objectsOfRelease(context: UnitContext, component: Component, session: Session) {
  return (await readReleaseState(context, component, session, false)).objects
}

async function readReleaseState(
  { settings }: UnitContext,
  component: Component,
  { api }: Session,
  chartReplaced: boolean,
): Promise<ReleaseState> {
  const history = await readHistory(api, component)
  const revision = history.deployed ?? history.newest
  const record = revision && (await readRecord(api, component.namespace, revision))
  const objects = record ? await observeObjects(api, component.namespace, await manifestObjects(settings, record)) : []
  return { history, objects, chartReplaced }
}

/** The checks that a component's src/checks.ts exports. */
export async function loadChecks({ name, directory }: Component): Promise<readonly ComponentCheck[]> {
  const file = join(directory, 'src', 'checks.ts')
  if (!existsSync(file)) return []
  const { checks } = (await import(pathToFileURL(file).href)) as { checks?: readonly ComponentCheck[] }
  if (!checks) throw new Error(`${file} must export \`checks\``)
  const duplicate = checks.find(({ id }, n) => checks.findIndex((each) => each.id === id) !== n)
  if (duplicate) throw new Error(`${file}: two checks of ${name} have the id ${duplicate.id}`)
  return checks
}
