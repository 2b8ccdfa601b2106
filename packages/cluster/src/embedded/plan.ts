import type { PlannedStep, UnitPlan } from '@platform/core'

/** The observed state of the embedded node and its toolchain. */
export interface Observed {
  /** Units of the toolchain that are not built, by name. */
  readonly missingUnits: readonly string[]
  readonly node: 'absent' | 'stopped' | 'starting' | 'running'
  /** Differences between the node's configuration and the current settings. */
  readonly nodeChanges?: readonly string[]
  /** Addon objects that are missing or have drift; undefined while the node is down. */
  readonly addons?: readonly AddonDifference[]
  /** What is not ready, one line each; undefined while the node is down. */
  readonly unready?: readonly string[]
  /** Whether the inventory file exists. */
  readonly inventory?: boolean
  /** Leftovers of a killed node on the host; none while it runs. */
  readonly leftovers?: readonly string[]
  /** Addresses of the API and the node, in one line. */
  readonly address?: string
}

/** An addon object that is missing or has drift. */
export interface AddonDifference {
  /** `Deployment kube-system/coredns`. */
  readonly object: string
  /** The fields that differ, one per line; empty if the object is missing. */
  readonly fields: readonly string[]
}

/** The steps of `up` for the observed state. Pure. */
export function planUp(observed: Observed): UnitPlan {
  const { node, missingUnits, nodeChanges = [], addons, unready = [] } = observed
  const steps: (PlannedStep | false)[] = [
    missingUnits.length > 0 && {
      action: 'build',
      subject: 'the toolchain',
      detail: `not built yet: ${missingUnits.join(', ')}`,
    },
    startStep(node, nodeChanges),
    ...addonSteps(node, addons),
    node === 'running' &&
      unready.length > 0 && { action: 'start', subject: 'what is not ready', detail: unready.join('\n') },
    // For a new node this is part of its creation.
    node === 'running' &&
      observed.inventory === false && {
        action: 'create',
        subject: 'the inventory of the cluster',
        detail: 'what is there before the first component: `down all --purge` compares with it',
      },
  ]
  return { state: state(observed), steps: steps.filter((step): step is PlannedStep => Boolean(step)) }
}

/** The steps of `down` for the observed state. Pure. */
export function planDown(
  observed: Pick<Observed, 'node' | 'address' | 'leftovers'>,
  purge: boolean,
  directory: string,
): UnitPlan {
  const { leftovers = [] } = observed
  const steps: (PlannedStep | false)[] = [
    (observed.node === 'running' || observed.node === 'starting') && {
      action: 'stop',
      subject: 'the node',
      detail: purge ? undefined : `state, volumes and images stay in ${directory}`,
    },
    leftovers.length > 0 && {
      action: 'delete',
      subject: 'leftovers of a killed node',
      detail: leftovers.join('\n'),
    },
    purge &&
      observed.node !== 'absent' && {
        action: 'delete',
        subject: `the cluster's state: ${directory}`,
        detail: 'etcd, volumes, images, certificates, logs',
      },
  ]
  return { state: state(observed), steps: steps.filter((step): step is PlannedStep => Boolean(step)) }
}

function startStep(node: Observed['node'], changes: readonly string[]): PlannedStep | false {
  if (node === 'absent') return { action: 'create', subject: 'the node', detail: 'there is none yet' }
  if (node === 'stopped') return { action: 'start', subject: 'the node', detail: 'it is stopped; its state is kept' }
  if (node === 'starting') return { action: 'start', subject: 'the node', detail: 'it is starting: wait for it' }
  return changes.length > 0 && { action: 'update', subject: 'the node', detail: changes.join('\n') }
}

function addonSteps(node: Observed['node'], addons: readonly AddonDifference[] | undefined): PlannedStep[] {
  if (node === 'absent') return [{ action: 'create', subject: 'the addons: CoreDNS and the StorageClass standard' }]
  if (addons === undefined) return []
  return addons.map(({ object, fields }) =>
    fields.length === 0
      ? { action: 'create', subject: object, detail: 'it is missing' }
      : { action: 'update', subject: object, detail: fields.join('\n') },
  )
}

function state({ node, address, unready = [] }: Pick<Observed, 'node' | 'address' | 'unready'>): string {
  if (node !== 'running')
    return { absent: 'no node', stopped: 'stopped, its state is kept', starting: 'starting' }[node]
  return ['running', unready.length === 0 && 'ready', address].filter(Boolean).join(', ')
}
