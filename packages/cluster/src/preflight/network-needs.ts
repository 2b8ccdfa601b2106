import {
  freeSubnet,
  type HostUse,
  overlap,
  type PortSetting,
  readHostUse,
  subnetsInside,
  takenPort,
  takenSubnet,
} from '@platform/node'
import type { Machine } from './machine.ts'
import { type Finding, failed, type Need, ok, warning } from './need.ts'

/** Host network resources that the node uses. */
export interface NodePlace {
  /** The host's address on which the ports answer. */
  readonly listen: string
  /** Port → the setting that names it. */
  readonly ports: ReadonlyMap<number, PortSetting>
  /** The subnet of the link between host and node. */
  readonly subnet: string
  /** The link's name on the host. A leftover of a crash is ignored: the start removes it. */
  readonly link: string
  /** The node runs: the ports and the link are its own. */
  readonly running: boolean
}

/**
 * The ports and the subnet are free, or in use by this cluster.
 *
 * @param look returns what is in use on the host; tests pass a fake
 */
export function networkNeeds(place: NodePlace, look: () => HostUse = () => readHostUse(place)): readonly Need[] {
  return [
    {
      id: 'ports',
      title: `ports ${[...place.ports.keys()].join(', ')} on ${place.listen}`,
      purposes: ['node'],
      code: 'PORT_IN_USE',
      check: () => (place.running ? ok('held by this cluster') : checkPorts(place, look())),
    },
    {
      id: 'subnet',
      title: `the subnet ${place.subnet} for the link to the node`,
      purposes: ['node'],
      code: 'SUBNET_IN_USE',
      check: ({ settings }) =>
        place.running ? ok(`held by this cluster's link ${place.link}`) : checkSubnet(place, look(), settings),
    },
  ]
}

function checkPorts({ ports }: NodePlace, host: HostUse): Finding {
  const all = [...ports.keys()]
  const taken = [...ports].flatMap(
    ([port, setting]) =>
      takenPort(
        setting,
        port,
        host,
        all.find((each) => each !== port),
      ) ?? [],
  )
  return taken.length ? failed(taken.map(({ message }) => message).join('; '), taken[0]?.hint) : ok('free')
}

function checkSubnet(place: NodePlace, host: HostUse, settings: Machine['settings']): Finding {
  const taken = takenSubnet(place.subnet, host, subnetsInside(settings))
  if (taken) return failed(taken.message, taken.hint)
  const used = [place.subnet, ...host.subnets.map(({ subnet }) => subnet)]
  const hides = (own: string) => host.subnets.filter(({ subnet }) => overlap(subnet, own))
  const hiding = (['POD_SUBNET', 'SERVICE_SUBNET'] as const).filter((name) => hides(settings[name]).length > 0)
  if (hiding.length === 0) return ok('free')
  const said = hiding.flatMap((name) =>
    hides(settings[name]).map(({ subnet, via }) => `${settings[name]} hides ${subnet} (${via}) from pods`),
  )
  const fixes = hiding.flatMap((name) => {
    const free = freeSubnet(16, [...used, ...subnetsInside(settings)])
    if (free) used.push(free)
    return free ? [`${name}=${free}`] : []
  })
  return warning(said.join('; '), fixes.length ? `${fixes.join(' ')} pnpm up cluster` : undefined)
}
