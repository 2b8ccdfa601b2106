import type { PlannedStep, UnitPlan } from '@platform/core'

/** The state of the embedded node and of what it is made from, as it was found. */
export interface Observed {
  /** Units of the toolchain that are not built, by name. */
  readonly missingUnits: readonly string[]
  readonly node: 'absent' | 'stopped' | 'starting' | 'running'
  /** What the node runs that differs from what it would be started with now. */
  readonly nodeChanges?: readonly string[]
  /** Objects of the addons that are missing or other than they should be; nothing is known while the node is down. */
  readonly addons?: readonly AddonDifference[]
  /** What should be ready and is not, in its own words; nothing is known while the node is down. */
  readonly unready?: readonly string[]
  /** Whether what was there before the first component is written down. */
  readonly inventory?: boolean
  /** What a node that was killed left on the host; nothing while it runs. */
  readonly leftovers?: readonly string[]
  /** Where the API answers and how the node is reached, in one line. */
  readonly address?: string
}

/** An addon's object that is not as it should be. */
export interface AddonDifference {
  /** `Deployment kube-system/coredns`. */
  readonly object: string
  /** The fields that differ, one a line; empty when the object is missing. */
  readonly fields: readonly string[]
}

/** What `up` does to what was found. Decides alone: reads nothing, writes nothing. */
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
    // Of a new node it is a part of making it.
    node === 'running' &&
      observed.inventory === false && {
        action: 'create',
        subject: 'the inventory of the cluster',
        detail: 'what is there before the first component: `down all --purge` compares with it',
      },
  ]
  return { state: state(observed), steps: steps.filter((step): step is PlannedStep => Boolean(step)) }
}

/** What `down` does to what was found. */
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
      subject: 'what a killed node left',
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
      ? { action: 'create', subject: object, detail: 'it is not there' }
      : { action: 'update', subject: object, detail: fields.join('\n') },
  )
}

function state({ node, address, unready = [] }: Pick<Observed, 'node' | 'address' | 'unready'>): string {
  if (node !== 'running')
    return { absent: 'no node', stopped: 'stopped, its state is kept', starting: 'starting' }[node]
  return ['running', unready.length === 0 && 'ready', address].filter(Boolean).join(', ')
}
