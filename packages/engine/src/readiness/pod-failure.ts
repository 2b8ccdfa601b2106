import { type ContainerStatus, type PodObject, podProblem } from '@platform/cluster'

/** A pod that waiting does not help. */
export interface PodFailure {
  readonly pod: string
  readonly namespace: string
  /** The container whose log has the details. */
  readonly container?: string
  /** The log lines are those of the previous run of the container. */
  readonly previous?: boolean
  /** The reason from the pod's status, in one line. */
  readonly reason: string
  /** How long the state must last until it counts as a failure, in milliseconds. */
  readonly afterMs: number
}

export interface PodJudgement {
  /** Restarts of `<pod uid>/<container>` when first observed; earlier ones do not count for this run. */
  readonly restartsBefore: ReadonlyMap<string, number>
  /** How long a pod may be unschedulable, in ms. Adding nodes on demand takes time. */
  readonly unschedulableMs: number
  /** How long an image pull may fail, in ms: a registry may be unreachable for a moment. */
  readonly unpullableMs: number
}

/** Waiting reasons that do not go away by themselves, and how long each must last, in ms. */
const permanent: Readonly<Record<string, number>> = {
  ErrImageNeverPull: 0,
  InvalidImageName: 0,
  ImageInspectError: 5_000,
  CreateContainerConfigError: 4_000,
  CreateContainerError: 6_000,
  RunContainerError: 3_000,
}
const pulls: ReadonlySet<string> = new Set(['ErrImagePull', 'ImagePullBackOff', 'RegistryUnavailable'])
/** A registry's answer about an image that does not exist. */
const noSuchImage =
  /not found|manifest unknown|no such image|repository does not exist|denied|unauthorized|invalid reference/i
const cannotStart = /exec format error|executable file not found|no such file or directory|permission denied/i
/** This many failed restarts are a crash loop. */
const crashes = 2

/** Why a pod cannot start; undefined: it runs, or may still start. */
export function podFailure(
  pod: PodObject,
  { restartsBefore, unschedulableMs, unpullableMs }: PodJudgement,
): PodFailure | undefined {
  const { name, namespace = '', uid } = pod.metadata
  const at = { pod: name, namespace }
  const reason = () => podProblem(pod) ?? `pod ${name}`
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
  const limit = pulls.has(waiting?.reason ?? '') ? unpullableMs : permanent[waiting?.reason ?? '']
  if (waiting && limit !== undefined) {
    const sure = waiting.reason?.includes('Image') ? noSuchImage : cannotStart
    return { afterMs: sure.test(waiting.message ?? '') ? 0 : limit }
  }
  if (ready) return undefined
  const ended = state?.terminated ?? lastState?.terminated
  if (!ended || ended.reason === 'Unknown') return undefined
  const previous = !state?.terminated
  // Already in back-off when first observed: the crash loop is older than this run. A server that exits with 0 loops too.
  if (waiting?.reason === 'CrashLoopBackOff' && restartCount >= crashes) return { afterMs: 0, previous }
  if (ended.exitCode === 0) return undefined
  if (/StartError|ContainerCannotRun/.test(ended.reason ?? '') && cannotStart.test(ended.message ?? '')) {
    return { afterMs: 0, previous }
  }
  return restartCount - before >= crashes ? { afterMs: 0, previous } : undefined
}
