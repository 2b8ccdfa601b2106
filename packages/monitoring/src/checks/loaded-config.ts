import type { KubeObject } from '@platform/cluster'
import type { ProofContext } from '@platform/engine'
import { StillWarming } from '@platform/engine/settled'
import { namespace } from './common.ts'

interface Relabel {
  readonly source_labels?: readonly string[]
  readonly separator?: string
  readonly regex?: unknown
  readonly target_label?: string
  readonly replacement?: string
  readonly action?: string
}

interface Config {
  readonly alerting?: { readonly alertmanagers?: unknown }
  readonly scrape_configs?: readonly {
    readonly job_name: string
    readonly relabel_configs?: readonly Relabel[]
    readonly metric_relabel_configs?: readonly Relabel[]
  }[]
}

interface ConfigMap extends KubeObject {
  readonly metadata: KubeObject['metadata'] & { readonly managedFields?: readonly { readonly time?: string }[] }
  readonly data?: Readonly<Record<string, string>>
}

/**
 * An edited file is loaded within this time: `up` annotates the pod, and the reloader checks its files every three seconds.
 */
const LOADS_MS = 20_000

/**
 * The error for a loaded configuration that differs from the ConfigMap. It is retried while the edit is recent, unless
 * Prometheus rejected the new configuration.
 */
export async function loadError(context: ProofContext, name: string, message: string): Promise<Error> {
  const prometheus = await context.prometheus()
  const [{ metadata }, { reloadConfigSuccess }] = await Promise.all([
    context.api.get<ConfigMap>(`/api/v1/namespaces/${namespace}/configmaps/${name}`),
    prometheus.get<{ reloadConfigSuccess: boolean }>('status/runtimeinfo'),
  ])
  const times = (metadata.managedFields ?? []).map(({ time }) => Date.parse(time ?? '') || 0)
  const isRecent = Date.now() - Math.max(0, ...times) < LOADS_MS
  return isRecent && reloadConfigSuccess ? new StillWarming(message) : new Error(message)
}

/** Reads a key of a ConfigMap of the release. */
export async function configText({ api }: ProofContext, name: string, key: string): Promise<string> {
  const { data } = await api.get<ConfigMap>(`/api/v1/namespaces/${namespace}/configmaps/${name}`)
  const text = data?.[key]
  if (text === undefined) throw new Error(`the ConfigMap ${name} has no key ${key}`)
  return text
}

/**
 * The differences between the loaded configuration and the ConfigMap. Only jobs and relabeling are compared, because
 * Prometheus fills in defaults everywhere else.
 */
export async function loadedDifferences(context: ProofContext): Promise<string[]> {
  const { parse } = await import('yaml')
  const prometheus = await context.prometheus()
  const [text, loaded, runtime] = await Promise.all([
    configText(context, 'prometheus-server', 'prometheus.yml'),
    prometheus.get<{ yaml: string }>('status/config'),
    prometheus.get<{ reloadConfigSuccess: boolean }>('status/runtimeinfo'),
  ])
  const rejected = runtime.reloadConfigSuccess ? [] : ['Prometheus rejected the configuration in its files']
  const wanted = readJobs(parse(text) as Config | null)
  const have = readJobs(parse(loaded.yaml) as Config)
  const names = new Set([...wanted.keys(), ...have.keys()])
  const jobs = [...names].flatMap((job) => {
    if (!have.has(job)) return [`the job ${job} of the ConfigMap is not loaded`]
    if (!wanted.has(job)) return [`the job ${job} is loaded but not in the ConfigMap`]
    return wanted.get(job) === have.get(job) ? [] : [`the job ${job} is loaded with different relabeling`]
  })
  return [...rejected, ...jobs]
}

function readJobs(config: Config | null): Map<string, string> {
  const alerting = ['alerting', JSON.stringify(addresses(config?.alerting))] as const
  const jobs = (config?.scrape_configs ?? []).map(
    (job) =>
      [
        job.job_name,
        JSON.stringify([(job.relabel_configs ?? []).map(rule), (job.metric_relabel_configs ?? []).map(rule)]),
      ] as const,
  )
  return new Map([alerting, ...jobs])
}

/** A relabeling rule with the defaults that Prometheus fills in. */
function rule(one: Relabel): unknown[] {
  const { source_labels = [], separator = ';', regex = '(.*)', target_label = '', replacement = '$1', action } = one
  return [source_labels, separator, String(regex), target_label, replacement, action ?? 'replace']
}

function addresses(alerting: Config['alerting']): string[] {
  return JSON.stringify(alerting ?? {}).match(/[\w.-]+:\d+/g) ?? []
}
