import type { PodObject } from '@platform/cluster'
import { step, type UnitContext } from '@platform/core'
import type { Component } from '../component.ts'
import type { ReleaseHistory } from '../release/types.ts'
import type { Session } from '../session.ts'
import { changeSecret } from './change-secret.ts'
import { claimsThere, podsUsing, readSecrets, usesSecret, writeSecret } from './secrets.ts'
import type { WantedSecret } from './wanted-secret.ts'

export interface SecretWork {
  readonly context: UnitContext
  readonly component: Component
  readonly session: Session
  readonly signal: AbortSignal
  readonly history: ReleaseHistory
}

/** What is left to do about Secrets once the release is written, and once it runs. */
export interface SecretsPut {
  /** Replaces the pods that still have an old Secret. */
  restart(): Promise<void>
  /** Applies what could not be applied before, because nothing ran that it could be applied to. */
  changeLate(): Promise<void>
}

/**
 * Writes the component's Secrets. A changed key of what runs with a volume is first applied to what runs: when that fails
 * nothing was changed. Where nothing runs the old one is good until something does.
 */
export async function putSecrets(work: SecretWork): Promise<SecretsPut> {
  const { context, component, session } = work
  const { api } = session
  const { emit, settings } = context
  if (!component.secrets?.length) return { restart: async () => {}, changeLate: async () => {} }
  const wanted = await readSecrets(api, settings, component)
  const restart: { secret: string; pods: readonly string[] }[] = []
  const late: WantedSecret[] = []
  const written = wanted.filter(({ differs }) => differs)
  const put = async (secret: WantedSecret) => {
    const { definition, changed } = secret
    // Without a volume nothing was made with the old one.
    const { opens } = definition
    const made = !opens || (changed.length > 0 && (await claimsThere(api, component.namespace, opens)).length > 0)
    const applied = changed.length > 0 && made && definition.change !== undefined
    if (applied && !(await runs(work, definition.name))) return void late.push(secret)
    if (applied) await changeSecret(work, secret)
    // Those that are there now have the old one; what Helm starts from here on has the new one.
    const pods = applied || !secret.stored ? [] : await podsUsing(api, component.namespace, definition.name)
    await writeSecret(api, component, secret)
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
          await Promise.all(pods.map((pod) => api.delete(`/api/v1/namespaces/${component.namespace}/pods/${pod}`)))
        })
      }
    },
    async changeLate() {
      for (const secret of late) {
        await step(emit, `apply the changed ${secret.changed.join(', ')}`, async () => {
          await changeSecret(work, secret)
          await writeSecret(api, component, secret)
        })
      }
    },
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
