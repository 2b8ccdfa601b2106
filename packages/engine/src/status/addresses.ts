import type { Access } from '@platform/cluster'
import type { Settings } from '@platform/core'
import type { Component } from '../component/component.ts'
import type { ObservedRelease } from '../readiness/rollout.ts'

/** How a component is reached once it is up. */
export interface Addresses {
  /** Of its Services of type LoadBalancer: `traefik-ingress` → `10.200.0.2`. */
  readonly loadBalancers: Readonly<Record<string, string>>
  readonly pages: readonly {
    readonly name: string
    readonly host: string
    /** What opens on this machine as it stands; on the embedded target alone. */
    readonly url?: string
    /** The address that the host must lead to, and the line that does it. */
    readonly record?: string
  }[]
}

/** Puts together what people need to reach a component: addresses, hosts, and the records to make for them. */
export function addressesOf(
  component: Component,
  settings: Pick<Settings, 'components'>,
  { access, seen }: { readonly access: Pick<Access, 'local'>; readonly seen: Pick<ObservedRelease, 'live'> },
): Addresses {
  const live = [...seen.live.values()]
  const addressOf = ({ status }: (typeof live)[number]) => {
    const first = status?.loadBalancer?.ingress?.[0]
    return first?.ip ?? first?.hostname
  }
  const balancers = live.filter(({ kind, spec }) => kind === 'Service' && spec?.type === 'LoadBalancer')
  const loadBalancers = Object.fromEntries(
    balancers.flatMap((service) => {
      const address = addressOf(service)
      return address ? [[service.metadata.name, address]] : []
    }),
  )
  const ingress = live.filter(({ kind }) => kind === 'Ingress').flatMap((each) => addressOf(each) ?? [])[0]
  const address = Object.values(loadBalancers)[0] ?? ingress
  const pages = (component.pages ?? []).flatMap((page) => {
    const host = settings.components[page.host]
    if (!host) return []
    const { local } = access
    const url = local && `http://${page.localHost}${local.http === 80 ? '' : `:${local.http}`}${page.path ?? '/'}`
    return [{ name: page.name, host, url, record: address && record(address, host) }]
  })
  return { loadBalancers, pages }
}

/** A line of /etc/hosts for an address; a record of DNS for a name. */
function record(address: string, host: string): string {
  return /^[\d.]+$|:/.test(address) ? `${address} ${host}` : `${host}. CNAME ${address}.`
}
