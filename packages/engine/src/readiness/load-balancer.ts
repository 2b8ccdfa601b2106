import {
  type Api,
  type KubeObject,
  type LoadBalancerAnswer,
  loadBalancerAnswer,
  type ServiceObject,
} from '@platform/cluster'

/** Whether the cluster assigns addresses to Services of type LoadBalancer. Kinds that are unreadable count as empty. */
export async function balancerAnswer(api: Api): Promise<LoadBalancerAnswer> {
  const optional = <T>(path: string) => api.list<T>(path).catch(() => [] as T[])
  const [nodes, services, deployments, daemonSets] = await Promise.all([
    optional<KubeObject>('/api/v1/nodes'),
    optional<ServiceObject>('/api/v1/services'),
    optional<KubeObject>('/apis/apps/v1/deployments'),
    optional<KubeObject>('/apis/apps/v1/daemonsets'),
  ])
  return loadBalancerAnswer({ nodes, services, workloads: [...deployments, ...daemonSets], now: new Date() })
}
