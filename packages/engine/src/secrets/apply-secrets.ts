import type { PodObject } from '@platform/cluster'
import { step, type UnitContext } from '@platform/core'
import type { Component } from '../component/component.ts'
import type { ReleaseHistory } from '../release/types.ts'
import type { Session } from '../session/session.ts'
import type { DesiredRelease } from '../values/types.ts'
import { changePassword } from './change-password.ts'
import { completeSecret, type DesiredSecret, type StalePod } from './desired-secret.ts'
import { claimsThere, podsUsing, readSecrets, usesSecret } from './read-secrets.ts'
import { forgetStale, writeSecret } from './write-secret.ts'

export interface SecretWork {
  readonly context: UnitContext
  readonly component: Component
  readonly session: Session
  readonly signal: AbortSignal
  readonly history: ReleaseHistory
  readonly desired: Pick<DesiredRelease, 'chart'>
}

/** What is left to do about Secrets once the release is written, and once it runs. */
export interface PendingSecretWork {
  /** Replaces the pods that still have an old Secret, those that a killed run left among them. */
  restart(): Promise<void>
  /** Applies what could not be applied before, because nothing ran that it could be applied to. */
  changeLate(): Promise<void>
}

/**
 * Writes the component's Secrets. A changed key of what runs with a volume is first applied to what runs: when that fails
 * nothing was changed. Where nothing runs the old one is good until something does. A chart that is not ours makes its own:
 * of ours nothing is written.
 */
export async function applySecrets(work: SecretWork): Promise<PendingSecretWork> {
  const { context, component, session, desired } = work
  const { api } = session
  const { emit, settings } = context
  if (desired.chart.kind !== 'own' || !component.secrets?.length) {
    return { restart: async () => {}, changeLate: async () => {} }
  }
  const wanted = await Promise.all(
    (await readSecrets(api, settings, component)).map((secret) => completeSecret(secret)),
  )
  const restart: { secret: string; pods: readonly StalePod[] }[] = []
  const late: DesiredSecret[] = []
  const written = wanted.filter(({ differs }) => differs)
  for (const { definition, differs, stale } of wanted) {
    if (!differs && stale.length) restart.push({ secret: definition.name, pods: stale })
  }
  const put = async (secret: DesiredSecret) => {
    const { definition, changed } = secret
    // Without a volume nothing was made with the old one.
    const { opens } = definition
    const made = !opens || (changed.length > 0 && (await claimsThere(api, component.namespace, opens)).length > 0)
    const applies = changed.length > 0 && made && definition.change !== undefined
    const running = applies && (await runs(work, definition.name))
    if (applies && !running && !startSets(secret)) return void late.push(secret)
    const applied = running && (await tell(work, secret))
    // Those that are there now have the old one; what Helm starts from here on has the new one.
    const pods = applied ? secret.stale : await podsUsing(api, component.namespace, definition.name)
    await writeSecret(api, component, { ...secret, stale: pods })
    if (pods.length) restart.push({ secret: definition.name, pods })
  }
  if (written.length) {
    const names = written.map(({ definition }) => definition.name).join(', ')
    await step(emit, `Secrets: ${names}`, async () => {
      for (const secret of written) await put(secret)
    })
  }
  return {
    async restart() {
      for (const { secret, pods } of restart) {
        await step(emit, `replace the pods that have the old Secret ${secret}`, async () => {
          const there = new Set((await podsUsing(api, component.namespace, secret)).map(({ uid }) => uid))
          // A pod of a StatefulSet has the name of the one before it: Helm may have replaced it by now.
          const old = pods.filter(({ uid }) => there.has(uid))
          await Promise.all(old.map(({ name }) => api.delete(`/api/v1/namespaces/${component.namespace}/pods/${name}`)))
          await forgetStale(api, component.namespace, secret)
        })
      }
    },
    async changeLate() {
      for (const secret of late) {
        await step(emit, `apply the changed ${secret.changed.join(', ')}`, async () => {
          await changePassword(work, secret)
          await writeSecret(api, component, secret)
        })
      }
    },
  }
}

/** What was edited is what the next start sets: it need not be told, and what it was before need not be known. */
function startSets({ definition, edited }: DesiredSecret): boolean {
  return definition.setAtStart === true && edited.length > 0
}

/** Applies it to what runs; false where that can't be done and the next start does it. */
async function tell(work: SecretWork, secret: DesiredSecret): Promise<boolean> {
  try {
    await changePassword(work, secret)
    return true
  } catch (error) {
    work.signal.throwIfAborted()
    if (!startSets(secret)) throw error
    return false
  }
}

/** A pod that was started with the Secret runs and is ready: what it says can be applied to it. */
async function runs({ session, component }: SecretWork, secret: string): Promise<boolean> {
  const pods = await session.api.list<PodObject>(`/api/v1/namespaces/${component.namespace}/pods`)
  return pods.some(
    (pod) =>
      usesSecret(pod, secret) &&
      pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
  )
}
