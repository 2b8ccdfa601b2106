import { setTimeout as sleep } from 'node:timers/promises'
import { type Api, ApiError, type KubeObject } from '@platform/cluster'
import { managedBy, managedByLabel } from '../component/names.ts'

interface NamespaceObject extends KubeObject {
  readonly status?: { readonly phase?: string }
}

/** Makes the namespace when there is none; one that is about to go is waited for. Ours to delete is only what we made. */
export async function ensureNamespace(
  api: Api,
  name: string,
  { signal, progress }: { signal: AbortSignal; progress: (message: string) => void },
): Promise<void> {
  for (;;) {
    const found = await api.find<NamespaceObject>(`/api/v1/namespaces/${name}`)
    if (found && found.status?.phase !== 'Terminating') return
    if (found) {
      progress(`waiting for the namespace ${name} to be gone: it is being deleted`)
      await sleep(500, undefined, { signal })
      continue
    }
    const labels = { [managedByLabel]: managedBy, 'app.kubernetes.io/part-of': 'observable-platform' }
    try {
      await api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } })
      return
    } catch (error) {
      // Two components of one namespace may come up together.
      if (!(error instanceof ApiError) || error.status !== 409) throw error
    }
  }
}
