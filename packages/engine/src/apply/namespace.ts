import { setTimeout as sleep } from 'node:timers/promises'
import { type Api, ApiError, type KubeObject } from '@platform/cluster'
import { managedBy, managedByLabel } from '../component/names.ts'

interface NamespaceObject extends KubeObject {
  readonly status?: { readonly phase?: string }
}

/** Creates the namespace if it is missing, after a terminating one is gone. The label marks it as ours to delete. */
export async function ensureNamespace(
  api: Api,
  name: string,
  { signal, progress }: { signal: AbortSignal; progress: (message: string) => void },
): Promise<void> {
  for (;;) {
    const found = await api.find<NamespaceObject>(`/api/v1/namespaces/${name}`)
    if (found && found.status?.phase !== 'Terminating') return
    if (found) {
      progress(`waiting until the terminating namespace ${name} is gone`)
      await sleep(500, undefined, { signal })
      continue
    }
    const labels = { [managedByLabel]: managedBy, 'app.kubernetes.io/part-of': 'observable-platform' }
    try {
      await api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } })
      return
    } catch (error) {
      // Another component of the same namespace may have created it at the same time.
      if (!(error instanceof ApiError) || error.status !== 409) throw error
    }
  }
}
