import type { Check } from '@platform/core'
import { apiReady, nodesReady } from '../kubernetes/common-checks.ts'
import { defaultStorageClasses, type KubeList, type StorageClassObject } from '../kubernetes/objects.ts'
import { atLeast, oldestKubernetes } from '../kubernetes/version.ts'
import type { BoundContext } from './bound-context.ts'
import { findLoadBalancer, serverVersion } from './facts.ts'
import { askPermissions, missingPermissions } from './permissions.ts'

/** The checks of `verify cluster` on a bound context. They only read. */
export function contextChecks({ kubectl, context }: BoundContext): Check[] {
  return [
    apiReady(kubectl.raw),
    {
      name: `the server is Kubernetes ${oldestKubernetes.text} or newer`,
      timeoutMs: 60_000,
      async run() {
        const version = await serverVersion(kubectl)
        if (!atLeast(version, oldestKubernetes)) throw new Error(`it is ${version.text}`)
        return version.text
      },
    },
    nodesReady(kubectl.raw),
    {
      name: 'all permissions that the components need are granted',
      timeoutMs: 60_000,
      hint: `kubectl --context '${context}' auth can-i --list`,
      async run() {
        const answers = await askPermissions(kubectl)
        const missing = missingPermissions(answers)
        if (missing.length) throw new Error(`not allowed: ${missing.join('; ')}`)
        return `${answers.length} permissions`
      },
    },
    {
      name: 'there is exactly one default StorageClass',
      timeoutMs: 60_000,
      hint: `kubectl --context '${context}' get storageclasses`,
      async run() {
        const { items } = await kubectl.json<KubeList<StorageClassObject>>(['get', 'storageclasses'])
        const names = defaultStorageClasses(items)
        if (names.length !== 1) throw new Error(names.length ? `there are ${names.join(', ')}` : 'there is none')
        return names.join()
      },
    },
    {
      name: 'nothing shows that a LoadBalancer Service would stay without an address',
      timeoutMs: 60_000,
      hint: `kubectl --context '${context}' get services -A`,
      async run() {
        const { answer, why } = await findLoadBalancer(kubectl)
        if (answer === 'no') throw new Error(why)
        return `${answer}: ${why}`
      },
    },
  ]
}
