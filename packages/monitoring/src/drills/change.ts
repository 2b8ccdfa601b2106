import type { KubeObject } from '@platform/cluster'
import type { ProofContext } from '@platform/engine'
import { retryFor } from '@platform/engine/settled'
import { namespace, pods } from '../checks/common.ts'
import { configText, loadedDifferences } from '../checks/loaded-config.ts'

/** Where the objects of the release are. */
export const paths = {
  configMap: (name: string) => `/api/v1/namespaces/${namespace}/configmaps/${name}`,
  service: (name: string) => `/api/v1/namespaces/${namespace}/services/${name}`,
  pod: (name: string) => `/api/v1/namespaces/${namespace}/pods/${name}`,
  deployment: (name: string) => `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`,
  ingress: (name: string) => `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses/${name}`,
  binding: (name: string) => `/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/${name}`,
}

/** Changes keys of an object and leaves the others. */
export async function merge({ api }: ProofContext, path: string, change: object): Promise<void> {
  await api.patch(path, change, 'merge')
}

/** Lets a Service lead nowhere. */
export async function misdirect(context: ProofContext, service: string): Promise<void> {
  await merge(context, paths.service(service), { spec: { selector: { 'app.kubernetes.io/name': 'nobody' } } })
}

/**
 * Edits Prometheus' configuration as a person would; `loaded` makes it run. An edit that changes nothing is an error: it
 * would prove nothing.
 */
export async function editConfig(context: ProofContext, edit: (text: string) => string): Promise<void> {
  await editKey(context, { configMap: 'prometheus-server', key: 'prometheus.yml' }, edit)
}

/** Lets Prometheus load its edited configuration and rules, and waits until the configuration is what runs. */
export async function loaded(context: ProofContext): Promise<void> {
  await nudge(context)
  await retryFor(context, 60_000, async () => {
    const differences = await loadedDifferences(context)
    if (differences.length) throw new Error(differences.join('; '))
  })
}

/** Edits a rule file as a person would. */
export async function editRules(context: ProofContext, key: string, edit: (text: string) => string): Promise<void> {
  await editKey(context, { configMap: 'prometheus-rules', key }, edit)
}

/** Edits Alertmanager's configuration; what runs stays as it was. */
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

/** A kubelet that handles a pod brings its files up to date; left alone it does so once a minute. */
export async function nudge(context: ProofContext): Promise<void> {
  const change = { metadata: { annotations: { 'platform.local/nudged': new Date().toISOString() } } }
  for (const name of await context.pods(pods.prometheus)) await merge(context, paths.pod(name), change)
}

/** Adds a rule for the samples of a job to its configuration, before all others; a job that has none gets the list. */
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

/** Takes a job out of the configuration. */
export function withoutJob(job: string): (text: string) => string {
  return (text) => text.replace(new RegExp(`  - job_name: ${job}\\n(?:    .*\\n)+`), '')
}

/** Adds a job without targets. */
export function withJob(job: string): (text: string) => string {
  return (text) => text.replace('scrape_configs:\n', `scrape_configs:\n  - job_name: ${job}\n    static_configs: []\n`)
}

/** Adds a target to a job that has a list of them, as one of a job that there is not. */
export function withTarget(job: string, target: string, as: string): (text: string) => string {
  const head = `  - job_name: ${job}\n    static_configs:\n`
  const list = `      - targets:\n          - ${target}\n        labels:\n          job: ${as}\n`
  return (text) => text.replace(head, `${head}${list}`)
}

/** Takes a rule out of a rule file. */
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

/** Waits until the pods are those that the Deployment wants, and ready. */
export async function rolledOut(context: ProofContext, name: string): Promise<void> {
  await context.until(`the rollout of Deployment ${name}`, async () => {
    const { metadata, spec, status } = await context.api.get<DeploymentObject>(paths.deployment(name))
    const counts = [status?.replicas, status?.updatedReplicas, status?.availableReplicas]
    const seen = status?.observedGeneration === metadata.generation
    return (seen && counts.every((count) => count === spec?.replicas)) || undefined
  })
}

/** Deletes the pods of a selector, and waits for those that take their place. */
export async function replacePods(context: ProofContext, selector: string): Promise<readonly string[]> {
  const old = await context.pods(selector)
  if (old.length === 0) throw new Error(`there is no ready pod of ${selector}`)
  await Promise.all(old.map((name) => context.api.delete(paths.pod(name))))
  await context.until(`pods in place of ${old.join(', ')}`, async () => {
    const ready = await context.pods(selector)
    return (ready.length >= old.length && !ready.some((name) => old.includes(name))) || undefined
  })
  return old
}
