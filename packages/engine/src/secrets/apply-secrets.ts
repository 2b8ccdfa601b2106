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

/** The steps that follow once the release is written, and once it is ready. */
export interface PendingSecretWork {
  /** Replaces pods that still use an old Secret, also those that a killed run left. */
  restart(): Promise<void>
  /** Applies password changes that had to wait until something runs. */
  changeLate(): Promise<void>
}

/**
 * Writes the component's Secrets. If there is a volume, a changed key is first applied to the running server; if that
 * fails, nothing is changed. If nothing runs, the old Secret stays until something does. For a replaced chart no Secret is
 * written: it brings its own.
 */
export async function applySecrets(work: SecretWork): Promise<PendingSecretWork> {
  const { context, component, session, desired } = work
  const { api } = session
  const { emit, settings } = context
  if (desired.chart.kind !== 'own' || !component.secrets?.length) {
    return { restart: async () => {}, changeLate: async () => {} }
  }
  const wanted = await readSecrets(api, settings, component)
  const restart: { secret: string; pods: readonly StalePod[] }[] = []
  const late: DesiredSecret[] = []
  const written = wanted.filter(({ differs }) => differs)
  for (const { definition, differs, stale } of wanted) {
    if (!differs && stale.length) restart.push({ secret: definition.name, pods: stale })
  }
  const put = async (secret: DesiredSecret) => {
    const { definition, changed } = secret
    // Without a volume nothing depends on the old Secret.
    const { opens } = definition
    const made = !opens || (changed.length > 0 && (await claimsThere(api, component.namespace, opens)).length > 0)
    const applies = changed.length > 0 && made && definition.change !== undefined
    const running = applies && (await hasReadyPod(work, definition.name))
    if (applies && !running && !startSets(secret)) return void late.push(secret)
    const applied = running && (await applyToRunning(work, secret))
    // Pods that exist now use the old Secret; pods that Helm starts later use the new one.
    const pods = applied ? secret.stale : await podsUsing(api, component.namespace, definition.name)
    await writeSecret(api, component, { ...secret, stale: pods })
    if (pods.length) restart.push({ secret: definition.name, pods })
  }
  if (written.length) {
    const names = written.map(({ definition }) => definition.name).join(', ')
    await step(emit, `Secrets: ${names}`, async () => {
      for (const secret of written) await put(await completeSecret(secret))
    })
  }
  return {
    async restart() {
      for (const { secret, pods } of restart) {
        await step(emit, `replace the pods that use the old Secret ${secret}`, async () => {
          const there = new Set((await podsUsing(api, component.namespace, secret)).map(({ uid }) => uid))
          // Compare UIDs: Helm may have replaced a StatefulSet's pod, and its name stays the same.
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

/** The next start of the pods sets the edited password, so it need not be applied, and the old one is not needed. */
function startSets({ definition, edited }: DesiredSecret): boolean {
  return definition.setAtStart === true && edited.length > 0
}

/** Applies it to the running server; false if that fails and the next start does it. */
async function applyToRunning(work: SecretWork, secret: DesiredSecret): Promise<boolean> {
  try {
    await changePassword(work, secret)
    return true
  } catch (error) {
    work.signal.throwIfAborted()
    if (!startSets(secret)) throw error
    return false
  }
}

/** Whether a ready pod uses the Secret, so that a change can be applied to it. */
async function hasReadyPod({ session, component }: SecretWork, secret: string): Promise<boolean> {
  const pods = await session.api.list<PodObject>(`/api/v1/namespaces/${component.namespace}/pods`)
  return pods.some(
    (pod) =>
      usesSecret(pod, secret) &&
      pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
  )
}
