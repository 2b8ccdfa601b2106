import type { Api, KubeObject } from '@platform/cluster'
import { step, type UnitContext, type UnitResult } from '@platform/core'
import type { Component } from '../component/component.ts'
import { managedBy, managedByLabel } from '../component/names.ts'
import { type Claim, claimBeginnings, claimPath, claimsOf } from '../plan/claims.ts'
import { contentsOf, ourNamespace } from '../plan/managed-namespace.ts'
import { withHeartbeat } from '../release/heartbeat.ts'
import { uninstall } from '../release/helm.ts'
import { isForeign, readHistory, readRecord } from '../release/history.ts'
import { withLease } from '../release/lease.ts'
import { releaseObjects } from '../release/objects.ts'
import { openSession, type Session } from '../session/session.ts'
import { markClaims } from './mark-claims.ts'
import { remainingOf, waitUntilDeleted } from './wait-until-deleted.ts'

/** The result of a `down`. */
interface Removed {
  readonly removed: string[]
  readonly kept: string[]
}

/**
 * Removes a component: its release, dependent objects, its Secrets, and its namespace if the engine created it and it is
 * empty. Keeps volumes and the Secrets that open them, unless `purge` is set. Missing objects are not an error.
 */
export async function removeComponent(
  context: UnitContext,
  component: Component,
  { purge }: { readonly purge: boolean },
): Promise<UnitResult> {
  const session = await openSession(context)
  const { api } = session
  const { namespace, release, name } = component
  const done: Removed = { removed: [], kept: [] }
  const found = await api.find<KubeObject & { status?: { phase?: string } }>(`/api/v1/namespaces/${namespace}`)
  if (found && found.status?.phase !== 'Terminating') {
    const lease = { namespace, release, command: `pnpm down ${name}${purge ? ' --purge' : ''}` }
    await withLease(api, lease, context.signal, ({ signal }) =>
      work({ context, component, session, signal, purge }, done),
    )
  }
  await removeNamespace(context, api, { namespace, done })
  const { removed, kept } = done
  const summary = [
    removed.length ? `removed ${removed.join(', ')}` : 'nothing to remove',
    kept.length && `kept ${kept.join(', ')}`,
  ]
  return { summary: summary.filter(Boolean).join('; '), data: { removed, kept } }
}

interface Work {
  readonly context: UnitContext
  readonly component: Component
  readonly session: Session
  readonly signal: AbortSignal
  readonly purge: boolean
}

async function work(all: Work, done: Removed): Promise<void> {
  const { context, component, session, signal, purge } = all
  const { api } = session
  const { namespace, release } = component
  const history = await readHistory(api, component)
  if (isForeign(history)) {
    done.kept.push(`release ${namespace}/${release} (not installed by this platform)`)
    return
  }
  // An unmanaged release of the same name. The plan reports it.
  if (history.newest && history.revisions.every(({ fingerprint }) => fingerprint === undefined)) {
    done.kept.push(`release ${namespace}/${release} (unmanaged)`)
    return
  }
  const newest = history.deployed ?? history.newest
  const record = newest && (await readRecord(api, namespace, newest))
  const objects = record ? await releaseObjects(api, record.manifest, namespace) : []
  const claimsNow = () => claimsOf(api, { ...component, prefixes: claimBeginnings(objects) })
  if (history.newest) {
    await markClaims(api, component, (await claimsNow()).ours)
    await step(context.emit, `uninstall ${release}`, (progress) =>
      withHeartbeat(progress, 'Helm is uninstalling', () => uninstall(session.helm, component, signal)),
    )
    done.removed.push(`release ${namespace}/${release}`)
  }
  const deleted = objects.filter(({ metadata }) => metadata.annotations?.['helm.sh/resource-policy'] !== 'keep')
  await step(context.emit, `wait until ${release} is deleted`, (progress) =>
    waitUntilDeleted(remainingOf(api, { namespace, objects: deleted, release }), {
      ...{ signal, progress, hint: `pnpm kubectl get all -n ${namespace}` },
    }),
  )
  const { ours, similar } = await claimsNow()
  if (purge) await purgeClaims(all, ours, done)
  else done.kept.push(...ours.map(({ metadata }) => `volume ${namespace}/${metadata.name}`))
  done.kept.push(...similar.map(({ metadata }) => `volume ${namespace}/${metadata.name} (unmanaged)`))
  // A claim without our labels may still be ours, so its Secret is kept too.
  await removeSecrets(all, purge ? [] : [...ours, ...similar], done)
}

async function purgeClaims({ session, context, signal }: Work, claims: readonly Claim[], done: Removed): Promise<void> {
  if (!claims.length) return
  const { api } = session
  const names = claims.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
  await step(context.emit, `delete the volumes ${names.join(', ')}`, async (progress) => {
    const volumes = await volumesOf(api, claims)
    const paths = claims.map(({ metadata }) => claimPath(metadata))
    await Promise.all(paths.map((path) => api.delete(path)))
    const retained = volumes.filter(({ spec }) => spec?.persistentVolumeReclaimPolicy !== 'Delete')
    const deleted = volumes.filter((volume) => !retained.includes(volume))
    const left = async () => {
      const remaining = await Promise.all([
        ...paths.map(async (path) => withKind('PersistentVolumeClaim', await api.find<KubeObject>(path))),
        ...deleted.map(async ({ metadata }) =>
          withKind('PersistentVolume', await api.find<KubeObject>(`/api/v1/persistentvolumes/${metadata.name}`)),
        ),
      ])
      return remaining.filter((object): object is KubeObject => object !== undefined)
    }
    await waitUntilDeleted(left, { signal, progress, hint: 'pnpm kubectl get pvc,pv -A' })
    done.kept.push(...retained.map(({ metadata }) => `PersistentVolume ${metadata.name} (reclaimPolicy Retain)`))
  })
  done.removed.push(...names.map((name) => `volume ${name}`))
}

interface Volume extends KubeObject {
  readonly spec?: { readonly persistentVolumeReclaimPolicy?: string }
}

async function volumesOf(api: Api, claims: readonly Claim[]): Promise<Volume[]> {
  const names = claims.flatMap(({ spec }) => spec?.volumeName ?? [])
  const found = await Promise.all(names.map((name) => api.find<Volume>(`/api/v1/persistentvolumes/${name}`)))
  return found.filter((volume): volume is Volume => volume !== undefined)
}

function withKind(kind: string, object: KubeObject | undefined): KubeObject | undefined {
  return object && { ...object, kind }
}

/** Deletes the Secrets, except those that open a volume that stays. */
async function removeSecrets(
  { session: { api }, component }: Work,
  staying: readonly Claim[],
  done: Removed,
): Promise<void> {
  const { namespace, secrets = [] } = component
  for (const { name, opens = [] } of secrets) {
    const path = `/api/v1/namespaces/${namespace}/secrets/${name}`
    const found = await api.find<KubeObject>(path)
    // Without our label it is unmanaged.
    if (found?.metadata.labels?.[managedByLabel] !== managedBy) continue
    const claims = opens.filter((claim) => staying.some(({ metadata }) => metadata.name === claim))
    if (claims.length) {
      done.kept.push(`Secret ${namespace}/${name} (it opens ${claims.join(', ')})`)
      continue
    }
    await api.delete(path)
    done.removed.push(`Secret ${namespace}/${name}`)
  }
}

/** Deletes the namespace if the engine created it and it is empty. */
async function removeNamespace(
  { emit, signal }: UnitContext,
  api: Api,
  { namespace, done }: { readonly namespace: string; readonly done: Removed },
): Promise<void> {
  if (!(await ourNamespace(api, namespace))) return
  const contents = await contentsOf(api, namespace)
  if (contents.length) {
    const shown = contents.slice(0, 6).join(', ')
    done.kept.push(
      `namespace ${namespace} (not empty: ${shown}${contents.length > 6 ? `, ${contents.length - 6} more` : ''})`,
    )
    return
  }
  await step(emit, `delete the namespace ${namespace}`, async (progress) => {
    const path = `/api/v1/namespaces/${namespace}`
    await api.delete(path)
    const left = async () => {
      const found = withKind('Namespace', await api.find<KubeObject>(path))
      return found ? [found] : []
    }
    await waitUntilDeleted(left, { signal, progress, hint: `pnpm kubectl describe namespace ${namespace}` })
  })
  done.removed.push(`namespace ${namespace}`)
}
