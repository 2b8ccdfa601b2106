import type { KubeObject, Manifest } from '@platform/cluster'
import type { Component } from '../component/component.ts'
import type { Workload } from './workloads.ts'

type Named = Pick<Component, 'release' | 'namespace'>

/** Whether a pod belongs to a release, by the labels that nearly all charts set. */
export function isOfRelease({ metadata }: KubeObject, { release, namespace }: Named): boolean {
  const { labels = {} } = metadata
  if (metadata.namespace !== namespace) return false
  return labels['app.kubernetes.io/instance'] === release || labels.release === release
}

/** The pods of a release, by labels or by the selectors of its workloads. */
export function podsOf<P extends KubeObject>(pods: readonly P[], component: Named, manifest: readonly Manifest[]): P[] {
  const selectors = manifest.map((object) => Object.entries((object as Workload).spec?.selector?.matchLabels ?? {}))
  const isSelected = ({ metadata: { labels } }: KubeObject) =>
    selectors.some((wanted) => wanted.length > 0 && wanted.every(([name, value]) => labels?.[name] === value))
  return pods.filter((pod) => isOfRelease(pod, component) || isSelected(pod))
}

/** Whether an event is about one of these objects, or about an object that a controller derived from one. */
export function isNamedFor(name: string, objects: readonly KubeObject[]): boolean {
  return objects.some(({ metadata: { name: own } }) => {
    // A claim's name ends with its pod's. A ReplicaSet's begins with its Deployment's, a pod's with its ReplicaSet's.
    return name === own || name.startsWith(`${own}-`) || name.endsWith(`-${own}`)
  })
}
