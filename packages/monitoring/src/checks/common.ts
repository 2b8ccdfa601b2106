import type { ProofContext } from '@platform/engine'
import { durationMs } from '@platform/engine/settled'

/** The namespace of the release. */
export const namespace = 'monitoring'

/** Label selectors of its pods. */
export const pods = {
  prometheus: 'app.kubernetes.io/name=prometheus,app.kubernetes.io/instance=prometheus',
  alertmanager: 'app.kubernetes.io/name=alertmanager,app.kubernetes.io/instance=prometheus',
} as const

/** The chart values that the checks use. The chart's schema has validated them. */
export interface MonitoringValues {
  readonly images: { readonly nodeExporter: string; readonly prometheus: string }
  readonly scrape: {
    readonly interval: string
    readonly pods: 'annotated' | 'all'
    readonly coredns: { readonly enabled: boolean; readonly namespace: string; readonly app: string }
  }
  readonly compatibility: { readonly oldLabels: boolean }
  readonly rules: {
    readonly extraGroups: readonly RuleGroup[]
    readonly extra: Readonly<Record<string, string>>
  }
  readonly server: {
    readonly retention: { readonly time: string; readonly size: string }
    readonly ingress: PageValues
  }
  readonly alertmanager: {
    readonly ingress: PageValues
    readonly receivers: Readonly<
      Record<'webhook' | 'slack' | 'email', { readonly enabled: boolean; username?: string }>
    >
  }
  readonly nodeExporter: { readonly nodeSelector: Readonly<Record<string, string>> }
}

export interface PageValues {
  readonly enabled: boolean
  readonly hosts: readonly string[]
  readonly auth: boolean
}

/** A group of a rule file. */
export interface RuleGroup {
  readonly name: string
  readonly rules: readonly {
    readonly alert?: string
    readonly record?: string
    readonly expr: string
    readonly for?: string
    readonly keep_firing_for?: string
    readonly labels?: Readonly<Record<string, unknown>>
  }[]
}

export function valuesOf(context: ProofContext): MonitoringValues {
  return context.values as unknown as MonitoringValues
}

/** How long Prometheus may take to discover a new target. */
const DISCOVERY_MS = 10_000

/** How long Prometheus may take to discover a new target and scrape it twice, as a rate needs. */
export function scrapedWithinMs(context: ProofContext): number {
  return DISCOVERY_MS + 2 * durationMs(valuesOf(context).scrape.interval)
}

const prefixes = ['', 'K', 'M', 'G', 'T', 'P']

/** A size of Prometheus in bytes. Its units are powers of 1024; `6GB` and `6GiB` are the same. */
export function bytes(size: string): number {
  const [, number = '0', prefix = ''] = /^(\d+)([KMGTP]?)i?B$/.exec(size) ?? []
  return Number(number) * 1024 ** prefixes.indexOf(prefix)
}

const scales: Readonly<Record<string, number>> = {
  ...{ n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
}

/** Parses a Kubernetes quantity: `256Mi`, `100m`, `1e3`. */
export function quantity(text: string): number {
  const [, number = '', unit = ''] = /^([+-]?[\d.]+(?:[eE][+-]?\d+)?)([A-Za-z]*)$/.exec(text) ?? []
  const scale = scales[unit]
  if (number === '' || scale === undefined) throw new Error(`invalid quantity ${text}`)
  return Number(number) * scale
}

/** Joins the first few problems into one line. */
export function joinProblems(problems: readonly string[], most = 4): string {
  const rest = problems.length - most
  return `${problems.slice(0, most).join('; ')}${rest > 0 ? `; and ${rest} more` : ''}`
}
