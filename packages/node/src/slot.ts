import { type PlatformError, type Settings, usageError } from '@platform/core'
import type { Slot } from './config.ts'
import type { HostUse } from './host-use.ts'
import { freeSubnet, overlap, refuseOverlaps, subnetsInside } from './subnets.ts'

const firstIngressPort = 8080
const firstIngressTlsPort = 8443
const slots = 200

/** The settings that name a port of the host. */
export type PortSetting = 'INGRESS_PORT' | 'INGRESS_TLS_PORT'

export type SlotSettings = Pick<Settings, 'NODE_SUBNET' | 'POD_SUBNET' | 'SERVICE_SUBNET' | PortSetting>

/**
 * Chooses what a cluster gets of the host. What it had before it keeps while that is free; its subnet moves when it is
 * not, its ports don't, since somebody may have bookmarked them.
 *
 * @throws PlatformError SUBNET_CONFLICT, PORT_CONFLICT, SUBNET_IN_USE or PORT_IN_USE when what a setting names, or the cluster had, is in
 *   use, NO_FREE_SUBNET when nothing else is free; all with exit code 2
 */
export function chooseSlot(settings: SlotSettings, host: HostUse, before?: Slot): Slot {
  const { NODE_SUBNET, INGRESS_PORT, INGRESS_TLS_PORT } = settings
  const inside = subnetsInside(settings)
  const used = host.subnets.map(({ subnet }) => subnet)
  refuseOverlaps(settings, used)
  const fixed = { http: INGRESS_PORT ?? before?.ingressPort, https: INGRESS_TLS_PORT ?? before?.ingressTlsPort }
  if (fixed.http && fixed.http === fixed.https) {
    throw usageError(
      'PORT_CONFLICT',
      `INGRESS_PORT and INGRESS_TLS_PORT are both ${fixed.http}`,
      `INGRESS_PORT=${fixed.http} INGRESS_TLS_PORT=${fixed.http + 1} pnpm up cluster`,
    )
  }
  const refused =
    (NODE_SUBNET && takenSubnet(NODE_SUBNET, host, inside)) ||
    (fixed.http && takenPort('INGRESS_PORT', fixed.http, host, fixed.https)) ||
    (fixed.https && takenPort('INGRESS_TLS_PORT', fixed.https, host, fixed.http))
  if (refused) throw refused
  const free = (subnet: string) => [...inside, ...used].every((other) => !overlap(subnet, other))
  const kept = before && free(before.subnet) ? before.subnet : undefined
  for (let n = 0; n < slots; n++) {
    const subnet = NODE_SUBNET ?? kept ?? `10.200.${n}.0/24`
    const ingressPort = fixed.http ?? firstIngressPort + n
    const ingressTlsPort = fixed.https ?? firstIngressTlsPort + n
    const taken =
      !free(subnet) ||
      ingressPort === ingressTlsPort ||
      (!fixed.http && host.listener(ingressPort)) ||
      (!fixed.https && host.listener(ingressTlsPort))
    if (!taken) return { subnet, ingressPort, ingressTlsPort }
  }
  const other = NODE_SUBNET ?? kept ?? freeSubnet(24, [...inside, ...used])
  throw usageError(
    'NO_FREE_SUBNET',
    'no free subnet in 10.200.0.0/16, or no free ports from 8080 and 8443 on',
    `${other ? `NODE_SUBNET=${other} ` : ''}INGRESS_PORT=18080 INGRESS_TLS_PORT=18443 pnpm up cluster`,
  )
}

/**
 * The error for a link's subnet that the host uses already; undefined when it is free.
 *
 * @param inside subnets of the node itself, which the hint must not suggest
 */
export function takenSubnet(subnet: string, host: HostUse, inside: readonly string[]): PlatformError | undefined {
  const other = host.subnets.find((each) => overlap(subnet, each.subnet))
  if (!other) return undefined
  const free = freeSubnet(24, [...inside, ...host.subnets.map((each) => each.subnet)])
  return usageError(
    'SUBNET_IN_USE',
    `NODE_SUBNET=${subnet}: the host uses ${other.subnet} already (${other.via})`,
    free && `NODE_SUBNET=${free} pnpm up cluster`,
  )
}

/**
 * The error for a port that somebody else listens on; undefined when it is free.
 *
 * @param other the cluster's other port, which the hint must not suggest
 */
export function takenPort(
  setting: PortSetting,
  port: number,
  host: HostUse,
  other?: number,
): PlatformError | undefined {
  const listener = host.listener(port)
  if (!listener) return undefined
  let free = port + 1
  while (free === other || host.listener(free)) free += 1
  return usageError(
    'PORT_IN_USE',
    `${setting}=${port}: port ${port} is held by ${host.holder(listener)}`,
    free <= 65_535 ? `${setting}=${free} pnpm up cluster` : undefined,
  )
}
