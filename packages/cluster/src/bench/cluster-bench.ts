import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Environment, loadSettings, type Runner, runConcurrently, type Settings } from '@platform/core'
import type { Figure } from '@platform/core/bench'
import { provideImages, resolveImages, systemImages, toolbox } from '@platform/images'
import { insideNode, nodeStatus } from '@platform/node'
import { ensureToolchain, toolchainLocation } from '@platform/toolchain'
import { controlPlaneMemory, type ProcessMemory } from './memory.ts'
import { withOwnCluster } from './own-cluster.ts'
import { ownEnvironment } from './own-environment.ts'
import { probeObjects } from './probe.ts'

/** After this long without work the garbage of the start is gone. */
const idleMs = 30_000

export interface ClusterBenchOptions {
  readonly runs: number
  readonly env: Environment
  readonly runner: Runner
  readonly say: (line: string) => void
  readonly signal: AbortSignal
}

interface Run {
  readonly apiReady: number
  readonly nodeReady: number
  readonly up: number
  readonly answering: number
  readonly noop: number
  readonly down: number
  readonly memory: readonly ProcessMemory[]
}

/**
 * Times the embedded cluster on clusters of its own: from nothing, with binaries and images built, to what a user waits for.
 * Seconds are counted from the call of `up`.
 */
export async function benchCluster(options: ClusterBenchOptions): Promise<{ figures: Figure[]; runs: Run[] }> {
  const runs: Run[] = []
  await prepare(options)
  for (let n = 1; n <= options.runs; n++) {
    options.signal.throwIfAborted()
    const run = await measure(options)
    runs.push(run)
    options.say(
      `run ${n} of ${options.runs}: node Ready ${run.nodeReady.toFixed(2)} s, pod answering ${run.answering.toFixed(2)} s`,
    )
  }
  const all = (pick: (run: Run) => number) => runs.map(pick)
  const sum = (key: 'pss' | 'rss') => (run: Run) => run.memory.reduce((total, process) => total + process[key], 0)
  const figures: Figure[] = [
    { name: 'empty state to API ready', unit: 's', values: all((run) => run.apiReady) },
    { name: 'empty state to node Ready', unit: 's', values: all((run) => run.nodeReady), target: 10 },
    { name: 'empty state to `up cluster` done', unit: 's', values: all((run) => run.up) },
    {
      name: 'empty state to a pod answering through Service and DNS',
      unit: 's',
      values: all((run) => run.answering),
      target: 15,
    },
    { name: '`up cluster` with nothing to do', unit: 's', values: all((run) => run.noop), target: 1 },
    { name: '`down cluster --purge`', unit: 's', values: all((run) => run.down) },
    { name: 'control plane memory, idle (PSS)', unit: 'MB', values: all(sum('pss')), target: 700 },
    { name: 'the same with shared pages counted for each (RSS)', unit: 'MB', values: all(sum('rss')) },
  ]
  return { figures, runs }
}

/** Builds what the runs are not about. */
async function prepare({ env, runner, signal }: ClusterBenchOptions): Promise<void> {
  const settings = loadSettings({ env: { ...env, ...ownEnvironment(env) } })
  const emit = () => {}
  const toolchain = await ensureToolchain({ settings, runner, emit, signal })
  await resolveImages([...systemImages, toolbox], { settings, runner, emit, signal, toolchain })
}

function measure({ env, runner, say, signal }: ClusterBenchOptions): Promise<Run> {
  return withOwnCluster({ env, runner, say }, async ({ settings, script }) => {
    const began = Date.now()
    const since = () => (Date.now() - began) / 1000
    let [up, answering] = [Number.NaN, Number.NaN]
    await runConcurrently(signal, [
      async (both) => {
        await script(['up', 'cluster'], both)
        up = since()
      },
      async (both) => {
        await answer(settings, runner, both)
        answering = since()
      },
    ])
    const { supervisor, config } = nodeStatus(settings)
    const started = (Date.parse(supervisor?.startedAt ?? '') - began) / 1000
    const noop = await timed(() => script(['up', 'cluster'], signal))
    await sleep(idleMs, undefined, { signal })
    const memory = controlPlaneMemory(config?.cgroupRoot ?? '')
    const down = await timed(() => script(['down', 'cluster', '--purge'], signal))
    return {
      apiReady: started + (supervisor?.apiReadyMs ?? Number.NaN) / 1000,
      nodeReady: started + (supervisor?.nodeReadyMs ?? Number.NaN) / 1000,
      up,
      answering,
      noop,
      down,
      memory,
    }
  })
}

/** Does what a user in a hurry does: deploys as soon as the API lets him, and waits for the answer. */
async function answer(settings: Settings, runner: Runner, signal: AbortSignal): Promise<void> {
  const { bin } = toolchainLocation(settings)
  const kubectl = [join(bin, 'kubectl'), `--kubeconfig=${join(settings.clusterDir, 'kubeconfig')}`]
  let pid: number | undefined
  for (;;) {
    signal.throwIfAborted()
    const { supervisor, ...node } = nodeStatus(settings)
    if (supervisor?.nodeReadyMs !== undefined && (await defaultAccountExists([...kubectl], runner))) {
      pid = node.pid
      break
    }
    await sleep(100, undefined, { signal })
  }
  await provideImages([toolbox], {
    settings,
    runner,
    emit: () => {},
    signal,
    toolchain: { bin },
    containerd: insideNode(pid ?? 0, '/run/containerd/containerd.sock'),
    ctr: join(bin, 'ctr'),
    record: join(settings.clusterDir, 'bench-images.json'),
  })
  await runner.run([...kubectl, 'apply', '-f', '-'], {
    input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: probeObjects(toolbox) }),
    signal,
  })
  await runner.run([...kubectl, 'wait', 'pod/client', '--for=jsonpath={.status.phase}=Succeeded', '--timeout=120s'], {
    signal,
  })
}

/** A pod is refused until the controller manager has made its namespace's ServiceAccount. */
async function defaultAccountExists(kubectl: string[], runner: Runner): Promise<boolean> {
  return (await runner.probe([...kubectl, 'get', 'serviceaccount', 'default'])).exitCode === 0
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return (performance.now() - began) / 1000
}
