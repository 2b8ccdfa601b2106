import type { Access } from '@platform/cluster'
import type { Settings } from '@platform/core'
import type { Component } from '../component/component.ts'
import type { ObservedRelease } from '../readiness/rollout.ts'

/** How to reach a component that is up. */
export interface Addresses {
  /** By Service of type LoadBalancer: `traefik-ingress` → `10.200.0.2`. */
  readonly loadBalancers: Readonly<Record<string, string>>
  readonly pages: readonly {
    readonly name: string
    readonly host: string
    /** Works on this machine without DNS records. Only on the embedded target. */
    readonly url?: string
    /** The hosts line or DNS record that points the host to the ingress. */
    readonly record?: string
  }[]
}

/** Collects the addresses and hosts of a component, and the DNS records to create for them. */
export function addressesOf(
  component: Component,
  settings: Pick<Settings, 'components'>,
  { access, observed }: { readonly access: Pick<Access, 'local'>; readonly observed: Pick<ObservedRelease, 'live'> },
): Addresses {
  const live = [...observed.live.values()]
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

/** A line of /etc/hosts for an IP address, a CNAME record for a name. */
function record(address: string, host: string): string {
  return /^[\d.]+$|:/.test(address) ? `${address} ${host}` : `${host}. CNAME ${address}.`
}
