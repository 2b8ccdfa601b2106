/** PromQL that several dashboards share: label matchers and whole expressions. */

/** Containers in cAdvisor's metrics, without pause containers and cgroup slices, which have no name or no image. */
export const realContainers = 'container!="", container!="POD", image!=""'

/** Network interfaces without loopback and pod interfaces (veth), which would count traffic twice. */
export const networkInterfaces = 'device!~"lo|veth.*|cali.*|cni.*|docker.*|br-.*"'

/** Filesystems that hold data, without those that the kernel and containers mount. */
export const realFilesystems =
  'fstype!~"tmpfs|ramfs|overlay|squashfs|nsfs|proc|sysfs|cgroup.*|devtmpfs", mountpoint!~"/run.*"'

/** Disks of the selected nodes: cAdvisor reports them for its root cgroup. */
export const nodeDisks = 'id="/", node=~"$node", device=~"/dev/.*", device!="/dev/shm"'

const filesystems = `node=~"$node", ${realFilesystems}`

/** The share in use of each filesystem of the selected nodes (node-exporter). */
export const filesystemUsage = `1 - max by (node, device) (node_filesystem_avail_bytes{${filesystems}}) / max by (node, device) (node_filesystem_size_bytes{${filesystems}} > 0)`

/** The share in use of each persistent volume in the selected namespaces (kubelet). */
export const volumeUsage =
  'max by (namespace, persistentvolumeclaim) (kubelet_volume_stats_used_bytes{namespace=~"$namespace"} / kubelet_volume_stats_capacity_bytes{namespace=~"$namespace"})'

/**
 * The average of a histogram or a summary, 0 while it has no observations.
 *
 * @param metric the name without `_sum` and `_count`
 * @param by the labels to group by; without them there is one average
 */
export function average(metric: string, labels: string, by?: string): string {
  const sum = by ? `sum by (${by}) ` : 'sum'
  const rate = (part: string) => `${sum}(rate(${metric}_${part}{${labels}}[$__rate_interval]))`
  return `${rate('sum')} / clamp_min(${rate('count')}, 0.001)`
}

/** The share of CFS periods in which containers were throttled by their CPU limit. */
export function throttled(labels: string, by: string): string {
  const rate = (kind: string) => `sum by (${by}) (rate(container_cpu_cfs_${kind}_total{${labels}}[$__rate_interval]))`
  return `${rate('throttled_periods')} / clamp_min(${rate('periods')}, 0.001)`
}
