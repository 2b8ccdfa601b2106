import { type Settings, usageError } from '@platform/core'

/** slirp4netns' own network. It exists inside the node only, where it would hide whatever shares addresses with it. */
export const egressSubnet = '10.201.0.0/24'

export type SubnetSettings = Pick<Settings, 'NODE_SUBNET' | 'POD_SUBNET' | 'SERVICE_SUBNET'>

/** What a node has inside, whichever link it gets: no link may share addresses with it. */
export function subnetsInside({ POD_SUBNET, SERVICE_SUBNET }: Omit<SubnetSettings, 'NODE_SUBNET'>): string[] {
  return [POD_SUBNET, SERVICE_SUBNET, egressSubnet]
}

/**
 * Refuses settings that give two parts of one node the same addresses. Pure.
 *
 * @param used subnets of the host, which the hint does not suggest
 * @throws PlatformError SUBNET_CONFLICT, exit code 2, that names both
 */
export function refuseOverlaps(settings: SubnetSettings, used: readonly string[] = []): void {
  const { NODE_SUBNET, POD_SUBNET, SERVICE_SUBNET } = settings
  const all = [
    ...(NODE_SUBNET ? [{ name: 'NODE_SUBNET', subnet: NODE_SUBNET }] : []),
    { name: 'POD_SUBNET', subnet: POD_SUBNET },
    { name: 'SERVICE_SUBNET', subnet: SERVICE_SUBNET },
    { name: "the node's own way out", subnet: egressSubnet },
  ]
  for (const [n, one] of all.entries()) {
    const other = all.slice(n + 1).find(({ subnet }) => overlap(one.subnet, subnet))
    if (!other) continue
    const [a, b] = [one, other].map(({ name, subnet }) => `${name}${name === name.toUpperCase() ? '=' : ', '}${subnet}`)
    const free = freeSubnet(one.name === 'NODE_SUBNET' ? 24 : 16, [...all.map(({ subnet }) => subnet), ...used])
    throw usageError('SUBNET_CONFLICT', `${a} and ${b} share addresses`, free && `${one.name}=${free} pnpm up cluster`)
  }
}

/** A private subnet of this size that shares no address with any of those given; undefined when there is none. */
export function freeSubnet(bits: 16 | 24, taken: readonly string[]): string | undefined {
  const bytes = Array.from({ length: 256 }, (_, n) => n)
  const candidates =
    bits === 24
      ? ['10.200', '172.30', '192.168'].flatMap((prefix) => bytes.map((n) => `${prefix}.${n}.0/24`))
      : [...bytes.slice(244), ...bytes.slice(64, 244)].map((n) => `10.${n}.0.0/16`).concat('172.28.0.0/16')
  return candidates.find((candidate) => taken.every((subnet) => !overlap(subnet, candidate)))
}

/** The n-th address of a subnet, n below 256. */
export function addressIn(subnet: string, n: number): string {
  return subnet.replace(/\d+\/\d+$/, String(n))
}

/** The tenth address of the Service subnet, where every kubelet expects the cluster's DNS. */
export function dnsAddress({ SERVICE_SUBNET }: Pick<Settings, 'SERVICE_SUBNET'>): string {
  return addressIn(SERVICE_SUBNET, 10)
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

/**
 * Refuses to give a cluster other addresses for its pods and Services than it was made with: its node object and its
 * Services hold some of them, and Kubernetes lets go of neither.
 *
 * @throws PlatformError SUBNET_IMMUTABLE, exit code 2, with both ways out
 */
export function refuseMovedSubnets(
  settings: Pick<Settings, 'CLUSTER_NAME' | 'POD_SUBNET' | 'SERVICE_SUBNET'>,
  made: { readonly podSubnet: string; readonly serviceSubnet: string },
): void {
  for (const [name, before] of [
    ['POD_SUBNET', made.podSubnet],
    ['SERVICE_SUBNET', made.serviceSubnet],
  ] as const) {
    if (settings[name] === before) continue
    throw usageError(
      'SUBNET_IMMUTABLE',
      `${name}=${settings[name]}: the cluster ${settings.CLUSTER_NAME} was made with ${before}, which can't be changed`,
      `${name}=${before} pnpm up cluster   keeps it; to make it anew without its data: pnpm down cluster --purge`,
    )
  }
}
