import type { KubeObject, Manifest } from '@platform/cluster'
import type { Component } from '../component/component.ts'
import type { Workload } from './workloads.ts'

type Named = Pick<Component, 'release' | 'namespace'>

/** Whether a pod is a release's: by the labels that charts give, ours and nearly all others. */
export function isOfRelease({ metadata }: KubeObject, { release, namespace }: Named): boolean {
  const { labels = {} } = metadata
  if (metadata.namespace !== namespace) return false
  return labels['app.kubernetes.io/instance'] === release || labels.release === release
}

/** The same where the release's manifest is known: what its workloads select is its own, however it is labelled. */
export function podsOf<P extends KubeObject>(pods: readonly P[], component: Named, manifest: readonly Manifest[]): P[] {
  const selectors = manifest.map((object) => Object.entries((object as Workload).spec?.selector?.matchLabels ?? {}))
  const isSelected = ({ metadata: { labels } }: KubeObject) =>
    selectors.some((wanted) => wanted.length > 0 && wanted.every(([name, value]) => labels?.[name] === value))
  return pods.filter((pod) => isOfRelease(pod, component) || isSelected(pod))
}

/** Whether a name in an event is one of these objects', or of what a controller makes of it or for it. */
export function isNamedFor(name: string, objects: readonly KubeObject[]): boolean {
  return objects.some(({ metadata: { name: own } }) => {
    // A pod's claim ends with the pod's name; a ReplicaSet begins with its Deployment's and is the beginning of a pod's.
    return name === own || name.startsWith(`${own}-`) || name.endsWith(`-${own}`)
  })
}
