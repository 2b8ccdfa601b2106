import type { Api, KubeObject, Manifest } from '@platform/cluster'
import type { Intent, PlannedStep, UnitPlan } from '@platform/core'
import type { Component } from '../component/component.ts'
import { componentLabel, managedBy, managedByLabel } from '../component/names.ts'
import { objectName } from '../diff/describe.ts'
import { isForeign, readHistory, readRecord } from '../release/history.ts'
import { leaseName } from '../release/lease-holder.ts'
import { parseManifest } from '../release/manifest.ts'
import type { ReleaseHistory } from '../release/types.ts'
import type { Session } from '../session/session.ts'
import { type Claim, claimBeginnings, claimsOf } from './claims.ts'

/** What exists of a component. */
export interface Belongings {
  readonly history: ReleaseHistory
  /** The objects in the release's manifest, whether they exist or not. */
  readonly objects: readonly Manifest[]
  readonly volumes: readonly Volume[]
  /** Unmanaged claims with similar names: they are kept. */
  readonly similar?: readonly string[]
  /** Secrets that the engine wrote; `opens`: the existing claims that need them. */
  readonly secrets: readonly { readonly name: string; readonly opens: readonly string[] }[]
}

export interface Volume {
  readonly claim: string
  readonly size: string
  readonly volumeName: string | undefined
}

/** Reads everything that `down` would delete or keep. */
export async function belongingsOf(api: Api, component: Component): Promise<Belongings> {
  const { namespace, secrets = [] } = component
  const [history, stored] = await Promise.all([
    readHistory(api, component),
    api.list<KubeObject>(`/api/v1/namespaces/${namespace}/secrets`, {
      labels: `${componentLabel}=${component.name},${managedByLabel}=${managedBy}`,
    }),
  ])
  const revision = history.deployed ?? history.newest
  const record = revision && (await readRecord(api, namespace, revision))
  const objects = record ? parseManifest(record.manifest) : []
  const { ours, similar } = await claimsOf(api, { ...component, prefixes: claimBeginnings(objects) })
  const volumes = ours.map(volumeOf)
  const opened = (name: string) => secrets.find((each) => each.name === name)?.opens ?? []
  return {
    history,
    objects,
    volumes,
    similar: similar.map(({ metadata }) => metadata.name),
    secrets: stored.map(({ metadata: { name } }) => ({
      name,
      opens: opened(name).filter((claim) => [...ours, ...similar].some(({ metadata }) => metadata.name === claim)),
    })),
  }
}

function volumeOf({ metadata, spec }: Claim): Volume {
  const { requests } = (spec as { resources?: { requests?: { storage?: string } } } | undefined)?.resources ?? {}
  return { claim: metadata.name, size: requests?.storage ?? '', volumeName: spec?.volumeName }
}

/** The plan of `down`. Reads only. */
export async function planDown(session: Session, component: Component, intent: Intent): Promise<UnitPlan> {
  const belongings = await belongingsOf(session.api, component)
  const purge = intent.verb === 'down' && intent.purge
  const { release, namespace } = component
  if (isForeign(belongings.history)) {
    return { state: `Helm release ${namespace}/${release} is not managed by the platform: it is kept`, steps: [] }
  }
  const command = await session.helmCommand(['uninstall', release, `--namespace=${namespace}`])
  const steps = downSteps(component, belongings, purge, command)
  if (!steps.length && (await isLeftNamespace(session.api, namespace))) {
    // Left by a `down` that was killed at its last step.
    steps.push({ action: 'delete', subject: `Namespace ${namespace}`, detail: 'created by the platform, and empty' })
  }
  if (!steps.length && (await isLeftLease(session.api, component))) {
    steps.push({
      action: 'delete',
      subject: `Lease ${namespace}/${leaseName(release)}`,
      detail: 'left by a killed run',
    })
  }
  return { state: stateOf(belongings), steps }
}

async function isLeftNamespace(api: Api, namespace: string): Promise<boolean> {
  const { contentsOf, ourNamespace } = await import('./managed-namespace.ts')
  return Boolean(await ourNamespace(api, namespace)) && (await contentsOf(api, namespace)).length === 0
}

/** The lease of a run that was killed before it created anything. */
async function isLeftLease(api: Api, { namespace, release }: Component): Promise<boolean> {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${leaseName(release)}`
  const lease = await api.find<KubeObject>(path)
  return lease?.metadata.labels?.[managedByLabel] === managedBy
}

/** The steps of `down`. Pure. */
export function downSteps(
  { release, namespace }: Pick<Component, 'release' | 'namespace'>,
  { history, objects, volumes, secrets }: Belongings,
  purge: boolean,
  command: readonly string[],
): PlannedStep[] {
  const going = objects.filter(({ kind }) => kind !== 'PersistentVolumeClaim').map(objectName)
  const kept = volumes.map(({ claim, size }) => `${claim} (${size})`)
  const staying = purge ? [] : secrets.filter(({ opens }) => opens.length > 0)
  const said = [
    ...going,
    ...(kept.length && !purge ? [`volumes are kept: ${kept.join(', ')}`] : []),
    ...(staying.length ? [`Secrets that open them are kept: ${staying.map(({ name }) => name).join(', ')}`] : []),
  ]
  return [
    ...(history.newest
      ? [
          {
            action: 'delete' as const,
            subject: `release ${namespace}/${release}`,
            detail: said.join('\n'),
            commands: [command],
          },
        ]
      : []),
    ...(purge ? volumes : []).map(({ claim, size, volumeName }) => ({
      action: 'delete' as const,
      subject: `PersistentVolumeClaim ${namespace}/${claim}`,
      detail: `with its data: ${size}${volumeName ? `, volume ${volumeName}` : ''}`,
    })),
    ...secrets
      .filter((secret) => !staying.includes(secret))
      .map(({ name }) => ({ action: 'delete' as const, subject: `Secret ${namespace}/${name}` })),
  ]
}

function stateOf({ history, volumes, similar = [], secrets }: Belongings): string {
  const kept = volumes.map(({ claim }) => claim).join(', ')
  const theirs = similar.length ? `; kept, because they are unmanaged: volumes ${similar.join(', ')}` : ''
  const { newest } = history
  if (newest)
    return `${newest.status === 'deployed' ? 'installed' : newest.status}, revision ${newest.revision}${theirs}`
  return `not installed${kept || secrets.length ? `; volumes exist: ${kept || 'none'}` : ''}${theirs}`
}
