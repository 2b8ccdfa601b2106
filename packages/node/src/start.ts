import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { environment, PlatformError, type Runner, type Settings, withLock } from '@platform/core'
import type { Toolchain } from '@platform/toolchain'
import { cgroupsLeft, removeCgroups } from './cgroups.ts'
import { type NodeConfig, nodeConfig, proxyEnvironment, type Slot } from './config.ts'
import { writeConfigFile } from './config-file.ts'
import { readHostUse } from './host-use.ts'
import { removeLink } from './link.ts'
import { linkName } from './names.ts'
import { nodePlaces } from './places.ts'
import { chooseSlot } from './slot.ts'
import { insideNode, type NodeStatus, nodeStatus, type SupervisorStatus } from './status.ts'
import { stopNode } from './stop.ts'
import { refuseMovedSubnets } from './subnets.ts'

/** A start takes 3 to 10 s; a machine that needs longer than this is not slow but stuck. */
const startLimitMs = 120_000

const containerdSocket = '/run/containerd/containerd.sock'

export interface StartOptions {
  readonly settings: Settings
  readonly toolchain: Toolchain
  readonly runner: Runner
  /** The reference under which the pause image is, or will be, loaded. */
  readonly pauseImage: string
  readonly progress?: (message: string) => void
  readonly signal?: AbortSignal
}

/** What a node would be started with now. Reads the host; changes nothing. Throws what `chooseSlot` throws. */
export function plannedConfig({ settings, toolchain, pauseImage }: Omit<StartOptions, 'runner'>): NodeConfig {
  const { pid, config } = nodeStatus(settings)
  const slot = pid !== undefined && config ? slotOf(config) : nextSlot(settings)
  return nodeConfig({ settings, toolchain, slot, pauseImage, environment: proxyEnvironment(environment()) })
}

/**
 * What the node's next start takes of the host. While it runs, what it holds itself counts as free: asked before a
 * restart, so that a wrong setting does not end a node that works. Throws what `chooseSlot` throws,
 * and SUBNET_IMMUTABLE.
 */
export function nextSlot(settings: Settings): Slot {
  const { pid, config } = nodeStatus(settings)
  if (config) refuseMovedSubnets(settings, config.network)
  const host = readHostUse({ link: linkName(settings), listen: settings.LISTEN_ADDRESS, node: pid })
  return chooseSlot(settings, host, config && slotOf(config))
}

/**
 * Starts the node, or joins a start that is under way, and returns once its containerd answers; `waitForNode` waits for more.
 */
export async function startNode(options: StartOptions): Promise<{ pid: number; config: NodeConfig }> {
  const { settings } = options
  const running = nodeStatus(settings)
  if (running.pid !== undefined && running.config) {
    await waitForNode(options, containerdListens)
    return { pid: running.pid, config: running.config }
  }
  // Two clusters that choose at the same time would choose alike: one after the other, until the link shows what is taken.
  const lock = join(settings.cacheDir, 'slots.lock')
  const command = `a start of the cluster ${settings.CLUSTER_NAME}`
  const config = await withLock(lock, { command, waitMs: startLimitMs, signal: options.signal }, async () => {
    const spawned = await spawnNode(options)
    await orStop(options, () => existsSync(`/sys/class/net/${spawned.network.link}`))
    return spawned
  })
  const { pid } = await orStop(options, containerdListens)
  return { pid, config }
}

/** Waits for the node that was started; one that can't be is stopped, since it would go on trying. */
async function orStop(options: StartOptions, done: (status: NodeStatus) => boolean): Promise<{ pid: number }> {
  try {
    return await waitForNode(options, done)
  } catch (error) {
    if (!options.signal?.aborted) await stopNode({ settings: options.settings })
    throw error
  }
}

async function spawnNode(options: StartOptions): Promise<NodeConfig> {
  const { settings, toolchain, runner, progress = () => {} } = options
  const places = nodePlaces(settings)
  const config = plannedConfig(options)
  // A crash leaves its cgroups and, for minutes, its link.
  const left = await removeCgroups(config.cgroupRoot)
  if (left.length > 0) throw cgroupsLeft(left)
  await removeLink(settings)
  rmSync(places.run, { recursive: true, force: true })
  for (const dir of [places.state, places.logs, places.run]) mkdirSync(dir, { recursive: true, mode: 0o700 })
  writeConfigFile(places.config, config)
  progress('making the namespaces')
  await runner.run([join(toolchain.bin, 'node-agent'), 'start', places.config])
  return config
}

/** A process that runs does not listen yet. */
function containerdListens({ pid = 0, supervisor }: NodeStatus): boolean {
  return supervisor?.components.containerd?.state === 'running' && existsSync(insideNode(pid, containerdSocket))
}

/** Waits for the API server to answer and leaves the administrator's kubeconfig in the cluster's folder. */
export async function waitForApi(options: StartOptions): Promise<void> {
  const { settings, progress = () => {} } = options
  const places = nodePlaces(settings)
  progress('waiting for the API server')
  await waitForNode(options, ({ supervisor }) => supervisor?.apiReadyMs !== undefined)
  copyFileSync(join(places.run, 'kubeconfig'), `${places.kubeconfig}.new`)
  chmodSync(`${places.kubeconfig}.new`, 0o600)
  renameSync(`${places.kubeconfig}.new`, places.kubeconfig)
}

/**
 * Waits until the node's status is what is asked for.
 *
 * @throws PlatformError NODE_FAILED with what the node's own log says, when the node ends or can't start
 */
export async function waitForNode(
  { settings, signal, progress = () => {} }: Pick<StartOptions, 'settings' | 'signal' | 'progress'>,
  done: (status: NodeStatus) => boolean,
): Promise<{ pid: number }> {
  const deadline = Date.now() + startLimitMs
  let said = ''
  for (let seen = false; ; ) {
    signal?.throwIfAborted()
    const status = nodeStatus(settings)
    if (status.pid !== undefined) seen = true
    if (status.pid !== undefined && done(status)) return { pid: status.pid }
    const late = Date.now() > deadline
    // The first process needs a moment to say who it is.
    if (late || status.supervisor?.phase === 'failed' || (status.pid === undefined && (seen || hasEnded(settings)))) {
      throw nodeFailed(settings, status, late ? `it is not up after ${startLimitMs / 1000} s` : 'it ended')
    }
    const message = waitsFor(status.supervisor)
    if (message && message !== said) progress(message)
    said = message
    await sleep(50)
  }
}

function slotOf({ network, forwards }: NodeConfig): Slot {
  const port = (service: number) => forwards.find((forward) => forward.service === service)?.port ?? 0
  return { subnet: network.subnet, ingressPort: port(80), ingressTlsPort: port(443) }
}

/** What does not run yet, and what keeps failing, in a few words. */
function waitsFor(supervisor: SupervisorStatus | undefined): string {
  const restarting = Object.entries(supervisor?.components ?? {}).filter(([, { restarts }]) => restarts > 0)
  if (restarting.length === 0) return ''
  return restarting.map(([name, c]) => `${name} ended ${c.restarts} times (${c.lastExit})`).join(', ')
}

/** Whether the agent's own log says that it could not go on. */
function hasEnded(settings: Settings): boolean {
  return agentLog(settings).includes('node-agent init:')
}

function agentLog(settings: Settings): string {
  try {
    return readFileSync(join(nodePlaces(settings).logs, 'agent.log'), 'utf8').slice(-4000)
  } catch {
    return ''
  }
}

function nodeFailed(settings: Settings, { supervisor }: NodeStatus, what: string): PlatformError {
  const reason = supervisor?.error ?? agentLog(settings).trim().split('\n').slice(-3).join('\n')
  const trouble = waitsFor(supervisor)
  return new PlatformError(
    'NODE_FAILED',
    [`the node did not start: ${what}`, reason, trouble].filter(Boolean).join('\n'),
    {
      hint: `tail -n 40 ${nodePlaces(settings).logs}/*.log`,
    },
  )
}
