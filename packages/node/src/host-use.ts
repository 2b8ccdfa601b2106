import { existsSync, readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import type { HostUse } from './slot.ts'

/**
 * What of the host is in use now.
 *
 * @param ownLink the cluster's own link, which does not count
 * @param listen the address on which ports would be listened on
 */
export function readHostUse(ownLink: string, listen: string): HostUse {
  const interfaces = Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses.flatMap(({ family, cidr }) =>
      family === 'IPv4' && cidr ? [{ subnet: cidr, via: `interface ${name}` }] : [],
    ),
  )
  const routes = parseRoutes(readFileSync('/proc/net/route', 'utf8'))
  const sockets = ['/proc/net/tcp', '/proc/net/tcp6'].filter((file) => existsSync(file))
  const ports = new Set(sockets.flatMap((file) => parseListening(readFileSync(file, 'utf8'), listen)))
  return {
    subnets: [...interfaces, ...routes].filter(({ via }) => !via.endsWith(` ${ownLink}`)),
    taken: (port) => ports.has(port),
  }
}

/** The subnets of /proc/net/route: destination and mask are hexadecimal, lowest byte first. */
export function parseRoutes(text: string): { subnet: string; via: string }[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const fields = line.split('\t')
      const [name, destination, mask] = [fields[0], fields[1], fields[7]]
      if (!name || !destination || !mask) return []
      const bits = Number.parseInt(mask, 16).toString(2).replaceAll('0', '').length
      return [{ subnet: `${readAddress(destination)}/${bits}`, via: `route over ${name}` }]
    })
}

/** Every address of IPv6, and so of IPv4 too. */
const anyAddress6 = '0'.repeat(32)

/** The ports in state LISTEN (0A) of /proc/net/tcp or tcp6 that keep one from listening on an IPv4 address. */
export function parseListening(text: string, listen: string): number[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local = '', , state] = line.trim().split(/\s+/)
      const [address = '', port = ''] = local.split(':')
      const isIPv4 = address.length === 8
      const collides = isIPv4
        ? ['0.0.0.0', listen].includes(readAddress(address)) || listen === '0.0.0.0'
        : address === anyAddress6
      return state === '0A' && collides ? [Number.parseInt(port, 16)] : []
    })
}

function readAddress(hex: string): string {
  return (hex.match(/../g) ?? [])
    .reverse()
    .map((byte) => Number.parseInt(byte, 16))
    .join('.')
}
