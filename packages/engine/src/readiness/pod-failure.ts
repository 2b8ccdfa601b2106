import { type ContainerStatus, type PodObject, podTrouble } from '@platform/cluster'

/** A pod that will not come up by waiting. */
export interface PodFailure {
  readonly pod: string
  readonly namespace: string
  /** The container whose log tells more. */
  readonly container?: string
  /** Its last log lines are those of the run before this one. */
  readonly previous?: boolean
  /** The pod's own reason, in one line. */
  readonly reason: string
  /** How long it must last until it counts as one that can't heal, in milliseconds. */
  readonly afterMs: number
}

export interface PodJudgement {
  /** Restarts of `<pod uid>/<container>` when it was first seen: those of last week are none of this run's. */
  readonly restartsBefore: ReadonlyMap<string, number>
  /** How long a pod may find no node. Where nodes are added on demand that takes its time. */
  readonly unschedulableMs: number
  /** How long an image may fail to be pulled: a registry may be away for a moment. */
  readonly unpullableMs: number
}

/** Waiting reasons that no time heals, and how long they must last all the same. */
const hopeless: Readonly<Record<string, number>> = {
  ErrImageNeverPull: 0,
  InvalidImageName: 0,
  ImageInspectError: 5_000,
  CreateContainerConfigError: 4_000,
  CreateContainerError: 6_000,
  RunContainerError: 3_000,
}
const pulls: ReadonlySet<string> = new Set(['ErrImagePull', 'ImagePullBackOff', 'RegistryUnavailable'])
/** What a registry that answered says of an image that is not there. */
const noSuchImage =
  /not found|manifest unknown|no such image|repository does not exist|denied|unauthorized|invalid reference/i
const cannotStart = /exec format error|executable file not found|no such file or directory|permission denied/i
/** So many restarts with a failure are a loop. */
const crashes = 2

/** Why a pod can't come up, when it can't; undefined: it is fine, or may still come. */
export function podFailure(
  pod: PodObject,
  { restartsBefore, unschedulableMs, unpullableMs }: PodJudgement,
): PodFailure | undefined {
  const { name, namespace = '', uid } = pod.metadata
  const at = { pod: name, namespace }
  const reason = () => podTrouble(pod) ?? `pod ${name}`
  const { status } = pod
  for (const container of [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]) {
    const before = restartsBefore.get(`${uid}/${container.name}`) ?? 0
    const found = containerFailure(container, before, unpullableMs)
    if (found) return { ...at, container: container.name, reason: reason(), ...found }
  }
  const condition = status?.conditions?.find(({ type, status: value }) => type === 'PodScheduled' && value === 'False')
  if (condition && condition.reason === 'Unschedulable') return { ...at, reason: reason(), afterMs: unschedulableMs }
  return undefined
}

function containerFailure(
  container: ContainerStatus,
  before: number,
  unpullableMs: number,
): Pick<PodFailure, 'afterMs' | 'previous'> | undefined {
  const { state, lastState, ready, restartCount = 0 } = container
  const waiting = state?.waiting
  const limit = pulls.has(waiting?.reason ?? '') ? unpullableMs : hopeless[waiting?.reason ?? '']
  if (waiting && limit !== undefined) {
    const sure = waiting.reason?.includes('Image') ? noSuchImage : cannotStart
    return { afterMs: sure.test(waiting.message ?? '') ? 0 : limit }
  }
  if (ready) return undefined
  const ended = state?.terminated ?? lastState?.terminated
  if (!ended || ended.reason === 'Unknown') return undefined
  const previous = !state?.terminated
  // Already in the back-off when first seen: it was in the loop before, and goes on. Who is to stay and ends well does so
  // too.
  if (waiting?.reason === 'CrashLoopBackOff' && restartCount >= crashes) return { afterMs: 0, previous }
  if (ended.exitCode === 0) return undefined
  if (/StartError|ContainerCannotRun/.test(ended.reason ?? '') && cannotStart.test(ended.message ?? '')) {
    return { afterMs: 0, previous }
  }
  return restartCount - before >= crashes ? { afterMs: 0, previous } : undefined
}
