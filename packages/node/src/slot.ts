import { PlatformError, type Settings } from '@platform/core'
import type { Slot } from './config.ts'

/** What of the host is in use, as far as a slot can collide with it. */
export interface HostUse {
  /** Subnets of the host's interfaces and routes, each with the interface's name; the cluster's own link left out. */
  readonly subnets: readonly { readonly subnet: string; readonly via: string }[]
  /** Whether something listens on a port of LISTEN_ADDRESS. */
  readonly taken: (port: number) => boolean
}

const firstIngressPort = 8080
const firstIngressTlsPort = 8443
const slots = 200

/**
 * Chooses what a cluster gets of the host. What it had before it keeps while that is free; its subnet moves when it is
 * not, its ports don't, since somebody may have bookmarked them.
 *
 * @throws PlatformError SUBNET_TAKEN or PORT_TAKEN when what a setting names, or the cluster had, is in use
 */
export function chooseSlot(
  settings: Pick<Settings, 'NODE_SUBNET' | 'INGRESS_PORT' | 'INGRESS_TLS_PORT'>,
  host: HostUse,
  before?: Slot,
): Slot {
  const { NODE_SUBNET, INGRESS_PORT, INGRESS_TLS_PORT } = settings
  if (NODE_SUBNET) refuseTakenSubnet(NODE_SUBNET, host)
  const fixed = { http: INGRESS_PORT ?? before?.ingressPort, https: INGRESS_TLS_PORT ?? before?.ingressTlsPort }
  refuseTakenPort('INGRESS_PORT', fixed.http, host)
  refuseTakenPort('INGRESS_TLS_PORT', fixed.https, host)
  const kept = before && !overlapping(before.subnet, host) ? before.subnet : undefined
  for (let n = 0; n < slots; n++) {
    const subnet = NODE_SUBNET ?? kept ?? `10.200.${n}.0/24`
    const ingressPort = fixed.http ?? firstIngressPort + n
    const ingressTlsPort = fixed.https ?? firstIngressTlsPort + n
    if (
      overlapping(subnet, host) ||
      (!fixed.http && host.taken(ingressPort)) ||
      (!fixed.https && host.taken(ingressTlsPort))
    )
      continue
    return { subnet, ingressPort, ingressTlsPort }
  }
  throw new PlatformError('NO_FREE_SLOT', 'no free subnet in 10.200.0.0/16, or no free ports from 8080 and 8443 on', {
    hint: 'NODE_SUBNET=172.30.0.0/24 INGRESS_PORT=18080 INGRESS_TLS_PORT=18443 pnpm up cluster',
  })
}

function refuseTakenSubnet(subnet: string, host: HostUse): void {
  const other = overlapping(subnet, host)
  if (!other) return
  throw new PlatformError(
    'SUBNET_TAKEN',
    `NODE_SUBNET=${subnet}: the host uses ${other.subnet} already (${other.via})`,
    {
      hint: 'leave NODE_SUBNET out for one that is free, or name another /24: NODE_SUBNET=172.30.0.0/24 pnpm up cluster',
    },
  )
}

function refuseTakenPort(setting: 'INGRESS_PORT' | 'INGRESS_TLS_PORT', port: number | undefined, host: HostUse): void {
  if (port === undefined || !host.taken(port)) return
  throw new PlatformError('PORT_TAKEN', `${setting}=${port}: another process listens on port ${port} of the host`, {
    hint: `ss -ltnp 'sport = :${port}'   shows whose it is; ${setting}=${port + 10000} pnpm up cluster   takes another`,
  })
}

function overlapping(subnet: string, host: HostUse) {
  return host.subnets.find((other) => overlap(subnet, other.subnet))
}

/** Whether two IPv4 subnets have an address in common. The default route has none with anything. */
export function overlap(a: string, b: string): boolean {
  const [first, second] = [parse(a), parse(b)]
  const bits = Math.min(first.bits, second.bits)
  if (bits === 0) return false
  return first.address >>> (32 - bits) === second.address >>> (32 - bits)
}

function parse(subnet: string): { address: number; bits: number } {
  const [address = '', bits = '32'] = subnet.split('/')
  return { address: address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0) >>> 0, bits: Number(bits) }
}
