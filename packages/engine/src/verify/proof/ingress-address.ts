import type { Api, KubeObject } from '@platform/cluster'
import { CheckSkipped } from '@platform/core'
import type { FindEndpoint } from './capabilities.ts'
import type { HttpAddress } from './http.ts'

interface BalancedService extends KubeObject {
  readonly spec?: {
    readonly type?: string
    readonly ports?: readonly { readonly name?: string; readonly port: number }[]
  }
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly { ip?: string; hostname?: string }[] } }
}

/**
 * Where the load balancer of the ingress takes requests: the address that its Service names, which is what a DNS record
 * would be made for.
 *
 * @throws CheckSkipped when no ingress is deployed; Error when it has no address
 */
export async function ingressAddress(api: Api, endpoint: FindEndpoint, tls: boolean): Promise<HttpAddress> {
  const found = await endpoint('ingress')
  if (!found) throw new CheckSkipped('no component that is deployed provides ingress')
  const { namespace, service, port } = found
  const { spec, status } = await api.get<BalancedService>(`/api/v1/namespaces/${namespace}/services/${service}`)
  const [first] = status?.loadBalancer?.ingress ?? []
  const host = first?.ip ?? first?.hostname
  if (!host) {
    throw new Error(`Service ${namespace}/${service} (${spec?.type ?? 'no type'}) has no load balancer address`)
  }
  if (!tls) return { host, port }
  const secure = spec?.ports?.find((each) => each.name === 'websecure' || each.port === 443)
  if (!secure) throw new Error(`Service ${namespace}/${service} has no port websecure`)
  return { host, port: secure.port }
}
