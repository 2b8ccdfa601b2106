import type { Settings } from '@platform/core'
import type { Toolchain } from '@platform/toolchain'
import { cgroupRoot, clusterId, linkName } from './names.ts'
import { nodePlaces } from './places.ts'
import { addressIn, dnsAddress, egressSubnet } from './subnets.ts'

/** What the node is started with; the agent reads it (agent/config.go). */
export interface NodeConfig {
  readonly name: string
  /** Tells this cluster from every other of the machine, also of other checkouts: from it come link and cgroup names. */
  readonly id: string
  readonly nodeName: string
  readonly paths: {
    readonly root: string
    readonly bin: string
    readonly state: string
    readonly logs: string
    readonly run: string
  }
  readonly network: {
    /** The host's end of the link between host and node. */
    readonly link: string
    readonly subnet: string
    readonly hostAddress: string
    readonly nodeAddress: string
    /** The first and the last address that LoadBalancer Services get. */
    readonly loadBalancers: readonly [string, string]
    readonly podSubnet: string
    readonly serviceSubnet: string
    readonly clusterDNS: string
    readonly egressSubnet: string
    readonly egressDNS: string
  }
  /** The host's address on which forwards and NodePorts answer. */
  readonly listen: string
  /** `port` of the host leads to the LoadBalancer Service that has the port `service`. */
  readonly forwards: readonly { readonly port: number; readonly service: number }[]
  readonly cgroupRoot: string
  readonly pauseImage: string
  /** For containerd, NAME=value: the host's proxy settings. */
  readonly environment: readonly string[]
}

export interface NodeConfigInput {
  readonly settings: Settings
  readonly toolchain: Toolchain
  readonly slot: Slot
  readonly pauseImage: string
  readonly environment: readonly string[]
}

/** What one cluster has of the host to itself. */
export interface Slot {
  /** The /24 between host and node. */
  readonly subnet: string
  readonly ingressPort: number
  readonly ingressTlsPort: number
}

/** Decides everything about a node from its settings and its slot. Pure. */
export function nodeConfig({ settings, toolchain, slot, pauseImage, environment }: NodeConfigInput): NodeConfig {
  const id = clusterId(settings)
  const { state, logs, run } = nodePlaces(settings)
  const at = (host: number) => addressIn(slot.subnet, host)
  return {
    name: settings.CLUSTER_NAME,
    id,
    nodeName: `${settings.CLUSTER_NAME}-node`,
    paths: { root: toolchain.nodeRoot, bin: toolchain.bin, state, logs, run },
    network: {
      link: linkName(settings),
      subnet: slot.subnet,
      hostAddress: at(1),
      nodeAddress: at(2),
      loadBalancers: [at(16), at(254)],
      podSubnet: settings.POD_SUBNET,
      serviceSubnet: settings.SERVICE_SUBNET,
      clusterDNS: dnsAddress(settings),
      egressSubnet,
      egressDNS: addressIn(egressSubnet, 3),
    },
    listen: settings.LISTEN_ADDRESS,
    forwards: [
      { port: slot.ingressPort, service: 80 },
      { port: slot.ingressTlsPort, service: 443 },
    ],
    cgroupRoot: cgroupRoot(settings),
    pauseImage,
    environment,
  }
}

/** The host's proxy settings, for image pulls. */
export function proxyEnvironment(env: Readonly<Record<string, string | undefined>>): string[] {
  return ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'].flatMap((name) =>
    env[name] ? [`${name}=${env[name]}`] : [],
  )
}
