import { conflictingListener, parseListeners, socketHolder } from './listeners.ts'
import type { Machine } from './machine.ts'
import { type Finding, failed, type Need, ok, warning } from './need.ts'

/** What the node will take of the host's network. */
export interface NodePlace {
  /** The host's address on which the ports answer. */
  readonly listen: string
  /** Port → the setting that names it. */
  readonly ports: ReadonlyMap<number, string>
  /** The subnet of the link between host and node. */
  readonly subnet: string
  /** The link's name on the host. */
  readonly link: string
  /** It runs already: the ports and the link are its own. */
  readonly running: boolean
}

/** An address of the host, or a route: a subnet and the link that it belongs to. */
export interface Route {
  readonly subnet: string
  readonly link: string
}

/** The ports and the subnet are free, or ours. */
export function networkNeeds(place: NodePlace): readonly Need[] {
  return [
    {
      id: 'ports',
      what: `ports ${[...place.ports.keys()].join(', ')} on ${place.listen}`,
      purposes: ['node'],
      code: 'PORT_TAKEN',
      check: (machine) => (place.running ? ok('held by this cluster') : checkPorts(place, machine)),
    },
    {
      id: 'subnet',
      what: `the subnet ${place.subnet} for the link to the node`,
      purposes: ['node'],
      code: 'SUBNET_TAKEN',
      check: (machine) =>
        place.running ? ok(`held by this cluster's link ${place.link}`) : checkSubnet(place, machine),
    },
  ]
}

function checkPorts({ listen, ports }: NodePlace, { read }: Machine): Finding {
  const listeners = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => parseListeners(read(file) ?? ''))
  const taken = [...ports].flatMap(([port, setting]) => {
    const listener = conflictingListener(listeners, listen, port)
    if (!listener) return []
    const holder = socketHolder(listener.inode)
    const who = holder ? `${holder.name} (pid ${holder.pid})` : 'a process that does not show'
    return [{ port, setting, who }]
  })
  if (taken.length === 0) return ok('free')
  const [first] = taken
  const said = taken.map(({ port, who }) => `port ${port} is held by ${who}`).join('; ')
  return failed(said, `${first?.setting}=${freePort(first?.port ?? 0, listeners)} pnpm up cluster`)
}

function freePort(taken: number, listeners: readonly { port: number }[]): number {
  const used = new Set(listeners.map(({ port }) => port))
  let port = taken + 1
  while (used.has(port)) port += 1
  return port
}

function checkSubnet(place: NodePlace, { read, settings }: Machine): Finding {
  // Its own link may still be there after a crash: the start takes it away.
  const routes = parseRoutes(read('/proc/net/route') ?? '').filter(({ link }) => link !== place.link)
  const taken = routes.find(({ subnet }) => overlap(subnet, place.subnet))
  if (taken) {
    const free = freeSubnet(routes)
    return failed(`${taken.link} has ${taken.subnet} already`, `NODE_SUBNET=${free} pnpm up cluster`)
  }
  const hidden = [settings.POD_SUBNET, settings.SERVICE_SUBNET].flatMap((own) =>
    routes
      .filter(({ subnet }) => overlap(subnet, own))
      .map(({ subnet, link }) => `${own} hides ${subnet} (${link}) from pods`),
  )
  return hidden.length
    ? warning(hidden.join('; '), 'POD_SUBNET=10.245.0.0/16 SERVICE_SUBNET=10.97.0.0/16 pnpm up cluster')
    : ok('free')
}

/** The subnets of /proc/net/route, without the default route. */
export function parseRoutes(text: string): Route[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [link = '', destination = '', , , , , , mask = ''] = line.trim().split(/\s+/)
      if (!/^[0-9A-F]{8}$/.test(destination) || mask === '00000000') return []
      const bits = [...Buffer.from(mask, 'hex')].reduce(
        (sum, byte) => sum + (byte.toString(2).match(/1/g)?.length ?? 0),
        0,
      )
      return [{ link, subnet: `${[...Buffer.from(destination, 'hex')].reverse().join('.')}/${bits}` }]
    })
}

/** Two IPv4 subnets share an address. */
export function overlap(a: string, b: string): boolean {
  const [first, second] = [range(a), range(b)]
  return first.start <= second.end && second.start <= first.end
}

function range(subnet: string): { start: number; end: number } {
  const [address = '', bits = '32'] = subnet.split('/')
  const number = address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0)
  const size = 2 ** (32 - Number(bits))
  const start = Math.floor(number / size) * size
  return { start, end: start + size - 1 }
}

function freeSubnet(routes: readonly Route[]): string {
  const candidates = Array.from({ length: 50 }, (_, i) => `10.${201 + i}.0.0/24`)
  return candidates.find((candidate) => routes.every(({ subnet }) => !overlap(subnet, candidate))) ?? '172.31.255.0/24'
}
