import { existsSync } from 'node:fs'
import { isAlive, type Settings } from '@platform/core'
import type { NodeConfig } from './config.ts'
import { readConfigFile, readJson } from './config-file.ts'
import { nodePlaces } from './places.ts'

/** One process that the node's supervisor keeps running; `pid` as the node numbers it. */
export interface ComponentStatus {
  readonly state: 'waiting' | 'running' | 'restarting' | 'stopped'
  readonly pid?: number
  /** ISO 8601. */
  readonly since?: string
  readonly restarts: number
  /** Why it ended last. */
  readonly lastExit?: string
}

/** What the node's supervisor says of itself (agent/status.go). */
export interface SupervisorStatus {
  readonly phase: 'starting' | 'ready' | 'stopping' | 'failed'
  readonly error?: string
  readonly startedAt: string
  /** Milliseconds from `startedAt`. */
  readonly apiReadyMs?: number
  readonly nodeReadyMs?: number
  readonly components: Readonly<Record<string, ComponentStatus>>
  /** `namespace/name` of each LoadBalancer Service to its address. */
  readonly loadBalancers: Readonly<Record<string, string>>
  /** Ports of the host that could not be had, with the reason. */
  readonly refused: Readonly<Record<string, string>>
}

export interface NodeStatus {
  readonly state: 'absent' | 'stopped' | 'starting' | 'running'
  /** The node's first process, as the host numbers it. */
  readonly pid?: number
  /** What it was started with, or last. */
  readonly config?: NodeConfig
  readonly supervisor?: SupervisorStatus
}

/** The config's copy inside the running node (agent/config.go). */
const configInside = '/etc/kubernetes/node.json'

/** Asks the files of a cluster and the process table. Takes about a millisecond. */
export function nodeStatus(settings: Pick<Settings, 'clusterDir'>): NodeStatus {
  const places = nodePlaces(settings)
  const written = readConfigFile(places.config)
  const identity = readJson<{ pid: number; start: string }>(places.identity)
  if (!identity || !isAlive(identity.pid, identity.start)) {
    return { state: written || existsSync(places.state) ? 'stopped' : 'absent', config: written }
  }
  const config = written ?? readConfigFile(insideNode(identity.pid, configInside))
  const supervisor = readJson<SupervisorStatus>(places.status)
  const state = supervisor?.phase === 'ready' ? 'running' : 'starting'
  return { state, pid: identity.pid, config, supervisor }
}

/** The path on the host of a file inside the running node. */
export function insideNode(pid: number, path: string): string {
  return `/proc/${pid}/root${path}`
}
