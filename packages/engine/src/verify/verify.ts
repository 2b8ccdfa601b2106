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
import { generalChecks, hasSubject, type ReleaseNow } from './general-checks.ts'
import { capabilities } from './proof/capabilities.ts'
import { sweepLeftovers } from './proof/temporary.ts'
import { deployedValues, withProofContext } from './proof-context.ts'

/**
 * Proves what there is to prove about a component: first what holds of every one, then its own checks. They are asked
 * together and told in order; what they made is gone when this returns.
 */
export async function verifyComponent(context: UnitContext, component: Component): Promise<CheckResult[]> {
  const session = await openSession(context)
  const left = await sweepLeftovers(session.api, component.name)
  if (left.length) {
    const message = `taken away: ${left.join(', ')}, which a check left that was killed`
    context.emit({ type: 'notice', level: 'info', message })
  }
  const { checks, closed } = await checksOf(context, component, session)
  const results = await runChecks(ofProof(checks, context.proof), context.signal)
  await closed()
  context.signal.throwIfAborted()
  return results
}

/** The checks of one proof: their ids are its name, or begin with it and a dash. All, where none is named. */
export function ofProof<T extends { readonly id?: string }>(checks: readonly T[], proof: string | undefined): T[] {
  return checks.filter(({ id = '' }) => proof === undefined || id === proof || id.startsWith(`${proof}-`))
}

/** The checks of a component, ready to be asked, in the order in which they are told. */
export interface ReadyChecks {
  readonly checks: readonly Check[]
  /** Settles when all that they made is gone, also of those that were given up. */
  closed(): Promise<void>
}

/** Makes the checks of a component askable. Nothing is asked yet but what the values of its release are. */
export async function checksOf(context: UnitContext, component: Component, session: Session): Promise<ReadyChecks> {
  const { api } = session
  const { settings } = context
  const endpoint = capabilities(session, settings)
  const foreign = replacesChart(component, settings, repositoryRoot)
  let looked: Promise<ReleaseNow> | undefined
  const look = () => {
    looked ??= lookAtRelease(context, component, session, foreign)
    return looked
  }
  const closing: Promise<void>[] = []
  const values = deployedValues(session, component)
  values.catch(() => {}) // told by the checks that need them
  const images = (pods: readonly PodObject[]) => imagesText(runningImages(pods, settings, loadedImages(settings)))
  const has = await kindsOf(look)
  const general = generalChecks({ api, component, endpoint, look, images }).filter(({ id }) => has(id))
  const own = (await loadChecks(component)).map(
    ({ id, name, timeoutMs, hint, needs = [], run }): Check => ({
      ...{ id, name, timeoutMs, hint },
      async run(signal) {
        if (foreign)
          throw new CheckSkipped(
            'the chart is not ours: what it is made of is not known, only what holds of every component is asked',
          )
        for (const capability of needs) {
          if (!(await endpoint(capability)))
            throw new CheckSkipped(`no component that is deployed provides ${capability}`)
        }
        const scope = { context, component, session, signal, timeoutMs, endpoint, values: await values }
        return withProofContext({ ...scope, onClose: (closed) => void closing.push(closed) }, (proof) => run(proof))
      },
    }),
  )
  return {
    checks: [...general, ...own],
    closed: async () => void (await Promise.allSettled(closing)),
  }
}

/**
 * Tells which general checks there is something for: what could not fail is not asked. While it can't be told all are,
 * and each says why.
 */
async function kindsOf(look: () => Promise<ReleaseNow>): Promise<(id: string | undefined) => boolean> {
  const objects = await look().then(
    ({ objects: found }) => found,
    () => [],
  )
  return (id) => !objects.length || hasSubject(id, objects)
}

/** The objects of a component's release, each as it is now. */
export async function objectsOfRelease(context: UnitContext, component: Component, session: Session) {
  return (await lookAtRelease(context, component, session, false)).objects
}

async function lookAtRelease(
  { settings }: UnitContext,
  component: Component,
  { api }: Session,
  foreign: boolean,
): Promise<ReleaseNow> {
  const history = await readHistory(api, component)
  const revision = history.deployed ?? history.newest
  const record = revision && (await readRecord(api, component.namespace, revision))
  const objects = record ? await observeObjects(api, component.namespace, await manifestObjects(settings, record)) : []
  return { history, objects, foreign }
}

/** What a component's src/checks.ts exports. */
export async function loadChecks({ name, directory }: Component): Promise<readonly ComponentCheck[]> {
  const file = join(directory, 'src', 'checks.ts')
  if (!existsSync(file)) return []
  const { checks } = (await import(pathToFileURL(file).href)) as { checks?: readonly ComponentCheck[] }
  if (!checks) throw new Error(`${file} must export \`checks\``)
  const twice = checks.find(({ id }, n) => checks.findIndex((each) => each.id === id) !== n)
  if (twice) throw new Error(`${file}: two checks of ${name} have the id ${twice.id}`)
  return checks
}
