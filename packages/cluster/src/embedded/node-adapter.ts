import { PlatformError, type Settings } from '@platform/core'
import { pause } from '@platform/images/definitions/pause'
import {
  linkName,
  type NodeConfig,
  type NodeStatus,
  nodeLeftovers,
  nodeStatus,
  type PortSetting,
  plannedConfig,
} from '@platform/node'
import type { Toolchain } from '@platform/toolchain'
import { toolchainLocation } from '@platform/toolchain/state'
import { differences } from '../kubernetes/differences.ts'
import type { NodePlace } from '../preflight/network-needs.ts'
import type { Component } from './verify.ts'

/** The node's state that this package uses. */
export interface NodeView {
  readonly state: NodeStatus['state']
  /** PID of its first process on the host. */
  readonly pid: number | undefined
  /** The folder of its binaries. */
  readonly bin: string | undefined
  readonly components: readonly Component[]
  /** Start time, ISO 8601; the epoch if it does not run. */
  readonly startedAt: string
  /**
   * The host network resources that it uses or will use. Evaluated lazily: it throws on invalid settings, and those must
   * not block a `down`.
   */
  readonly place: NodePlace
  /** Leftovers of a killed node on the host. */
  readonly leftovers: readonly string[]
  /** Differences between its configuration and the current settings, one line each. */
  readonly changes: readonly string[]
}

/** Reads the node's files and the process table; takes a few milliseconds. */
export function viewNode(settings: Settings): NodeView {
  const { state, pid, config, supervisor } = nodeStatus(settings)
  const pauseImage = pause.upstream
  const toolchain = toolchainLocation(settings)
  const alive = pid !== undefined && config !== undefined
  return {
    state,
    pid,
    bin: config?.paths.bin,
    components: Object.entries(supervisor?.components ?? {}).map(([name, component]) => ({ name, ...component })),
    startedAt: supervisor?.startedAt ?? new Date(0).toISOString(),
    get place() {
      return alive ? placeOf(config, true) : plannedPlace(settings, toolchain, pauseImage, config)
    },
    leftovers: pid === undefined ? nodeLeftovers(settings) : [],
    changes: alive ? changesOf(settings, config, plannedConfig({ settings, toolchain, pauseImage })) : [],
  }
}

/** What a restart with these settings would change in a node that runs with `config`. */
export function changesOf(settings: Settings, config: NodeConfig, planned: NodeConfig): string[] {
  const { INGRESS_PORT, INGRESS_TLS_PORT, NODE_SUBNET } = settings
  const asked = (name: string, wanted: number | string | undefined, has: number | string | undefined) =>
    wanted === undefined || wanted === has ? [] : [`${name}: ${has}, wanted ${wanted}`]
  const { environment: _, ...wanted } = planned // proxies of another shell must not restart the cluster
  return [
    ...differences(wanted, config),
    ...asked('INGRESS_PORT', INGRESS_PORT, portOf(config, 80)),
    ...asked('INGRESS_TLS_PORT', INGRESS_TLS_PORT, portOf(config, 443)),
    ...asked('NODE_SUBNET', NODE_SUBNET, config.network.subnet),
  ]
}

function placeOf({ network, listen, forwards }: NodeConfig, running: boolean): NodePlace {
  const ports = new Map(forwards.map(({ port, service }) => [port, settingOf(service)]))
  return { listen, ports, subnet: network.subnet, link: network.link, running }
}

function plannedPlace(
  settings: Settings,
  toolchain: Toolchain,
  pauseImage: string,
  before: NodeConfig | undefined,
): NodePlace {
  try {
    return placeOf(plannedConfig({ settings, toolchain, pauseImage }), false)
  } catch (error) {
    // A fixed port or subnet is in use: preflight reports by what.
    if (!(error instanceof PlatformError) || !['PORT_IN_USE', 'SUBNET_IN_USE'].includes(error.code)) throw error
    const { INGRESS_PORT, INGRESS_TLS_PORT, NODE_SUBNET, LISTEN_ADDRESS: listen } = settings
    const free = freePlace(settings, toolchain, pauseImage)
    const port = (asked: number | undefined, service: number) =>
      asked ?? (before && portOf(before, service)) ?? free.get(service) ?? 0
    const ports = new Map([
      [port(INGRESS_PORT, 80), settingOf(80)],
      [port(INGRESS_TLS_PORT, 443), settingOf(443)],
    ])
    const subnet = NODE_SUBNET ?? free.subnet
    return { listen, ports, subnet, link: linkName(settings), running: false }
  }
}

/** What a node would take that nothing was asked for. */
function freePlace(settings: Settings, toolchain: Toolchain, pauseImage: string) {
  const nothing = { INGRESS_PORT: undefined, INGRESS_TLS_PORT: undefined, NODE_SUBNET: undefined }
  const clusterDir = `${settings.clusterDir}.none`
  const config = plannedConfig({ settings: { ...settings, ...nothing, clusterDir }, toolchain, pauseImage })
  return { subnet: config.network.subnet, get: (service: number) => portOf(config, service) }
}

function portOf({ forwards }: NodeConfig, service: number): number | undefined {
  return forwards.find((forward) => forward.service === service)?.port
}

function settingOf(service: number): PortSetting {
  return service === 80 ? 'INGRESS_PORT' : 'INGRESS_TLS_PORT'
}
