import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { holderOf, isInNode, type Listener, listenersOn, parseListeners, readAddress } from './listeners.ts'

/** What of the host is in use, as far as a node can collide with it. */
export interface HostUse {
  /** Subnets of the host's routes and interfaces, and whose they are; the cluster's own link left out. */
  readonly subnets: readonly { readonly subnet: string; readonly via: string }[]
  /** The socket that keeps one from listening on a port; the node's own left out. */
  readonly listener: (port: number) => Listener | undefined
  /** Who has a socket, as people would call it: `nginx -g daemon off (pid 812)`. */
  readonly holder: (listener: Listener) => string
}

export interface HostUseQuestion {
  /** The cluster's own link, which does not count. */
  readonly link: string
  /** The address on which ports would be listened on. */
  readonly listen: string
  /** The first process of a node whose ports don't count: one that will have ended by then. */
  readonly node?: number | undefined
}

/** What of the host is in use now. */
export function readHostUse({ link, listen, node }: HostUseQuestion): HostUse {
  const interfaces = Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses.flatMap(({ family, cidr }) =>
      family === 'IPv4' && cidr ? [{ subnet: cidr, via: `interface ${name}` }] : [],
    ),
  )
  const listeners = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => parseListeners(read(file)))
  return {
    subnets: [...parseRoutes(read('/proc/net/route')), ...interfaces].filter(({ via }) => !via.endsWith(` ${link}`)),
    listener: (port) =>
      listenersOn(listeners, listen, port).find((each) => node === undefined || !isInNode(each, node)),
    holder: holderOf,
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

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return '' // a kernel without IPv6
  }
}
