import type { ProofContext } from '@platform/engine'
import { hostAnswers } from '../checks/doors.ts'

const selector = 'app.kubernetes.io/name=grafana'
const pods = '/api/v1/namespaces/monitoring/pods'
const deployment = '/apis/apps/v1/namespaces/monitoring/deployments/grafana-dashboard'

interface Pod {
  readonly metadata: { readonly name: string; readonly uid?: string; readonly deletionTimestamp?: string }
}

/** A merge patch, or a JSON patch where it is a list. */
export function patch(path: string, body: object): (context: ProofContext) => Promise<void> {
  return async ({ api }) => {
    await api.patch(path, body, Array.isArray(body) ? 'json' : 'merge')
  }
}

/** Deletes the pod and waits for one that is ready. */
export async function restart(context: ProofContext): Promise<void> {
  const { api } = context
  const before = await api.list<Pod>(pods, { labels: selector })
  await Promise.all(before.map(({ metadata }) => api.delete(`${pods}/${metadata.name}`)))
  await replaced(context, before)
}

/** Changes the pod's template; `readAgain` waits for the pod that comes of it. */
async function changePod({ api }: ProofContext, template: object): Promise<void> {
  await api.patch(deployment, { spec: { template } }, 'strategic')
}

/**
 * Replaces the pod as a change of its files does, so that it reads them, and so that `up` replaces it once more: for a pod
 * that was only deleted there would be nothing to do, and it would go on with what it has read.
 */
export async function readAgain(context: ProofContext): Promise<void> {
  const before = await context.api.list<Pod>(pods, { labels: selector })
  await changePod(context, { metadata: { annotations: { 'checksum/config': `drill-${Date.now()}` } } })
  await replaced(context, before)
}

async function replaced(context: ProofContext, before: readonly Pod[]): Promise<void> {
  const old = new Set(before.map(({ metadata }) => metadata.uid))
  await context.until('a new pod of Grafana', async () => {
    const now = await context.api.list<Pod>(pods, { labels: selector })
    if (now.some(({ metadata }) => old.has(metadata.uid))) return undefined
    const ready = await context.pods(selector)
    return ready.length ? ready : undefined
  })
  // The ingress learns of the new pod's address some seconds late: that is no damage of ours.
  await context.until('the ingress to know the new pod', () => hostAnswers(context).catch(() => undefined), 500)
}

/** The claim stays where it is; the data is written to a folder that goes with the pod. */
export async function intoMemory(context: ProofContext): Promise<void> {
  const elsewhere = { mountPath: '/var/lib/grafana', name: 'temporary' }
  await changePod(context, { spec: { containers: [{ name: 'grafana', volumeMounts: [elsewhere] }] } })
}

/** The datasource's URL is as it was, and nobody tells the pod whose name is in it. */
export async function withoutDns(context: ProofContext): Promise<void> {
  await changePod(context, { spec: { dnsPolicy: 'Default' } })
}
