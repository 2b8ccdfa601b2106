/**
 * What several dashboards ask in the same words: labels to put between braces, and whole expressions. What only one of them
 * asks stands there, as it is sent.
 */

/** cAdvisor's containers. It tells of pods' pauses and of whole slices too: real containers have a name, and an image. */
export const realContainers = 'container!="", container!="POD", image!=""'

/** Cards that carry traffic: no loopback, and no ends of the pods' cables, which would count it twice. */
export const realCards = 'device!~"lo|veth.*|cali.*|cni.*|docker.*|br-.*"'

/** A node's filesystems that hold data: without what the kernel and containers mount. */
export const realFilesystems =
  'fstype!~"tmpfs|ramfs|overlay|squashfs|nsfs|proc|sysfs|cgroup.*|devtmpfs", mountpoint!~"/run.*"'

/** The disks of the chosen nodes, as cAdvisor has them: those of its root. */
export const machineDisks = 'id="/", node=~"$node", device=~"/dev/.*", device!="/dev/shm"'

const filesystems = `node=~"$node", ${realFilesystems}`

/** The share in use of each filesystem of the chosen nodes (node-exporter). */
export const fullnessOfFilesystems = `1 - max by (node, device) (node_filesystem_avail_bytes{${filesystems}}) / max by (node, device) (node_filesystem_size_bytes{${filesystems}} > 0)`

/** The share in use of each persistent volume in the chosen namespaces (kubelet). */
export const fullnessOfVolumes =
  'max by (namespace, persistentvolumeclaim) (kubelet_volume_stats_used_bytes{namespace=~"$namespace"} / kubelet_volume_stats_capacity_bytes{namespace=~"$namespace"})'

/**
 * The average of what a histogram or a summary measures, 0 while there is nothing to measure.
 *
 * @param metric without its `_sum` and `_count`
 * @param by the labels that there is one average for each of; without: one of all
 */
export function average(metric: string, labels: string, by?: string): string {
  const sum = by ? `sum by (${by}) ` : 'sum'
  const rate = (part: string) => `${sum}(rate(${metric}_${part}{${labels}}[$__rate_interval]))`
  return `${rate('sum')} / clamp_min(${rate('count')}, 0.001)`
}

/** The share of the kernel's periods in which containers had used up their CPU limit and had to wait. */
export function throttled(labels: string, by: string): string {
  const rate = (kind: string) => `sum by (${by}) (rate(container_cpu_cfs_${kind}_total{${labels}}[$__rate_interval]))`
  return `${rate('throttled_periods')} / clamp_min(${rate('periods')}, 0.001)`
}
