import type { KubeObject } from '@platform/cluster'
import type { ProofContext } from '@platform/engine'
import { retryFor } from '@platform/engine/settled'
import { namespace, pods } from '../checks/common.ts'
import { configText, loadedDifferences } from '../checks/loaded-config.ts'

/** API paths of the objects of the release. */
export const paths = {
  configMap: (name: string) => `/api/v1/namespaces/${namespace}/configmaps/${name}`,
  service: (name: string) => `/api/v1/namespaces/${namespace}/services/${name}`,
  pod: (name: string) => `/api/v1/namespaces/${namespace}/pods/${name}`,
  deployment: (name: string) => `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`,
  ingress: (name: string) => `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses/${name}`,
  binding: (name: string) => `/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/${name}`,
}

/** Patches an object with a JSON merge patch. */
export async function merge({ api }: ProofContext, path: string, change: object): Promise<void> {
  await api.patch(path, change, 'merge')
}

/** Changes the selector of a Service so that it matches no pods. */
export async function misdirect(context: ProofContext, service: string): Promise<void> {
  await merge(context, paths.service(service), { spec: { selector: { 'app.kubernetes.io/name': 'nobody' } } })
}

/**
 * Edits the ConfigMap of Prometheus; `loaded` makes Prometheus load it. An edit that changes nothing is an error, because
 * the drill would prove nothing.
 */
export async function editConfig(context: ProofContext, edit: (text: string) => string): Promise<void> {
  await editKey(context, { configMap: 'prometheus-server', key: 'prometheus.yml' }, edit)
}

/** Makes Prometheus load its edited configuration and rules, and waits until the configuration is loaded. */
export async function loaded(context: ProofContext): Promise<void> {
  await updateFiles(context)
  await retryFor(context, 60_000, async () => {
    const differences = await loadedDifferences(context)
    if (differences.length) throw new Error(differences.join('; '))
  })
}

/** Edits a rule file in its ConfigMap. */
export async function editRules(context: ProofContext, key: string, edit: (text: string) => string): Promise<void> {
  await editKey(context, { configMap: 'prometheus-rules', key }, edit)
}

/** Edits the ConfigMap of Alertmanager, which does not reload it. */
export async function editAlertmanager(context: ProofContext, edit: (text: string) => string): Promise<void> {
  await editKey(context, { configMap: 'prometheus-alertmanager', key: 'alertmanager.yml' }, edit)
}

async function editKey(
  context: ProofContext,
  { configMap, key }: { configMap: string; key: string },
  edit: (text: string) => string,
): Promise<void> {
  const before = await configText(context, configMap, key)
  const after = edit(before)
  if (after === before) throw new Error(`the edit of ${key} in the ConfigMap ${configMap} changes nothing`)
  await merge(context, paths.configMap(configMap), { data: { [key]: after } })
}

/** Annotates the pod, so that the kubelet updates its mounted files at once instead of once a minute. */
export async function updateFiles(context: ProofContext): Promise<void> {
  const change = { metadata: { annotations: { 'platform.local/nudged': new Date().toISOString() } } }
  for (const name of await context.pods(pods.prometheus)) await merge(context, paths.pod(name), change)
}

/** Inserts a metric relabeling rule into a job, before its other rules. */
export function relabel(job: string, rule: readonly string[]): (text: string) => string {
  return (text) => {
    const head = `- job_name: ${job}\n`
    const start = text.indexOf(head)
    if (start < 0) return text
    const next = text.indexOf('  - job_name: ', start + head.length)
    const list = text.slice(start, next < 0 ? undefined : next).indexOf('metric_relabel_configs:\n')
    const place = list < 0 ? start + head.length : start + list + 'metric_relabel_configs:\n'.length
    const lines = rule.map((line, n) => `${n ? '        ' : '      - '}${line}\n`).join('')
    return `${text.slice(0, place)}${list < 0 ? '    metric_relabel_configs:\n' : ''}${lines}${text.slice(place)}`
  }
}

/** Removes a job from the configuration. */
export function withoutJob(job: string): (text: string) => string {
  return (text) => text.replace(new RegExp(`  - job_name: ${job}\\n(?:    .*\\n)+`), '')
}

/** Adds a job without targets. */
export function withJob(job: string): (text: string) => string {
  return (text) => text.replace('scrape_configs:\n', `scrape_configs:\n  - job_name: ${job}\n    static_configs: []\n`)
}

/** Adds a target with another job label to a job with static targets. */
export function withTarget(job: string, target: string, as: string): (text: string) => string {
  const head = `  - job_name: ${job}\n    static_configs:\n`
  const list = `      - targets:\n          - ${target}\n        labels:\n          job: ${as}\n`
  return (text) => text.replace(head, `${head}${list}`)
}

/** Removes a rule from a rule file. */
export function withoutRule(alert: string): (text: string) => string {
  return (text) => text.replace(new RegExp(`      - alert: ${alert}\\n(?:        .*\\n)+`), '')
}

interface DeploymentObject extends KubeObject {
  readonly metadata: KubeObject['metadata'] & { readonly generation?: number }
  readonly spec?: { readonly replicas?: number }
  readonly status?: {
    readonly observedGeneration?: number
    readonly replicas?: number
    readonly updatedReplicas?: number
    readonly availableReplicas?: number
  }
}

/** Waits until the rollout of a Deployment is complete. */
export async function rolloutComplete(context: ProofContext, name: string): Promise<void> {
  await context.until(`the rollout of Deployment ${name}`, async () => {
    const { metadata, spec, status } = await context.api.get<DeploymentObject>(paths.deployment(name))
    const counts = [status?.replicas, status?.updatedReplicas, status?.availableReplicas]
    const observed = status?.observedGeneration === metadata.generation
    return (observed && counts.every((count) => count === spec?.replicas)) || undefined
  })
}

/** Deletes the pods of a selector and waits for their replacements. */
export async function replacePods(context: ProofContext, selector: string): Promise<readonly string[]> {
  const old = await context.pods(selector)
  if (old.length === 0) throw new Error(`no pod with ${selector} is ready`)
  await Promise.all(old.map((name) => context.api.delete(paths.pod(name))))
  await context.until(`replacements of the pods ${old.join(', ')}`, async () => {
    const ready = await context.pods(selector)
    return (ready.length >= old.length && !ready.some((name) => old.includes(name))) || undefined
  })
  return old
}
