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
 * The address of the ingress' load balancer, from the status of its Service. A DNS record would have the same address.
 *
 * @throws CheckSkipped when no ingress is deployed; Error when it has no address
 */
export async function ingressAddress(api: Api, endpoint: FindEndpoint, tls: boolean): Promise<HttpAddress> {
  const found = await endpoint('ingress')
  if (!found) throw new CheckSkipped('no deployed component provides ingress')
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
