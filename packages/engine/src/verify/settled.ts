import { setTimeout as sleep } from 'node:timers/promises'
import type { KubeObject } from '@platform/cluster'
import { CheckSkipped } from '@platform/core'
import type { PrometheusClient, ProofContext } from '../component/proof-context.ts'
import { readHistory } from '../release/history.ts'

/** Milliseconds until Services, Ingresses and service discovery have noticed a change. */
const propagationMs = 6_000

const partOf = 'app.kubernetes.io/part-of=observable-platform'

export interface SettledOptions {
  /**
   * The check depends on scraped metrics: after a change of the component or of Prometheus every target must have been
   * scraped.
   */
  readonly metrics?: {
    /** Number of scrapes; a rate needs two. Default 1. */
    readonly scrapes?: number
    /** Milliseconds until a target exposes the change. Default: the time of service discovery. */
    readonly lagMs?: number
  }
  /** Milliseconds between two attempts. */
  readonly everyMs?: number
}

/** Thrown by an attempt during warm-up: `untilSettled` retries it even if nothing changed recently. */
export class StillWarming extends Error {}

/**
 * Retries until `attempt` does not throw, but only while something changed recently: on a settled system it fails fast.
 *
 * @throws the last error of `attempt`
 */
export async function untilSettled<T>(
  context: ProofContext,
  attempt: () => Promise<T>,
  { metrics, everyMs = 500 }: SettledOptions = {},
): Promise<T> {
  let settled = false
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      const isFinal = settled && !(error instanceof StillWarming)
      if (isFinal || error instanceof CheckSkipped || context.signal.aborted) throw error
      // Read before the next attempt, so that a change in between is not missed.
      settled = !(await changedRecently(context, metrics))
      if (!settled) {
        await sleep(everyMs, undefined, { signal: context.signal }).catch(() => {
          throw error
        })
      }
    }
  }
}

/**
 * Retries until `attempt` does not throw, for at most `ms`: for what the check has just created. Use less than the check's
 * own timeout, whose error does not have the reason.
 *
 * @throws the last error of `attempt`
 */
export async function retryFor<T>(
  { signal }: Pick<ProofContext, 'signal'>,
  ms: number,
  attempt: () => Promise<T>,
  everyMs = 500,
): Promise<T> {
  const end = Date.now() + ms
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (Date.now() >= end || signal.aborted) throw error
      await sleep(everyMs, undefined, { signal })
    }
  }
}

async function changedRecently(context: ProofContext, metrics: SettledOptions['metrics']): Promise<boolean> {
  const now = Date.now()
  if (!metrics) return now - (await lastChange(context, partOf, undefined)) < propagationMs
  const { release, namespace } = context.component
  const componentChangedAt = await lastChange(context, `app.kubernetes.io/instance=${release}`, namespace)
  const scraping = await context
    .prometheus()
    .then((prometheus) => readScraping(prometheus))
    .catch(() => undefined)
  return isUnscraped({ componentChangedAt, now, scraping, ...metrics })
}

interface Pod extends KubeObject {
  readonly metadata: KubeObject['metadata'] & { readonly deletionTimestamp?: string }
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly lastTransitionTime?: string }[]
    readonly containerStatuses?: readonly { readonly state?: { readonly running?: { readonly startedAt?: string } } }[]
  }
}

/** The last time that a selected pod started, became ready or ended, or that the release changed; ms since 1970. */
async function lastChange(
  { api, component }: Pick<ProofContext, 'api' | 'component'>,
  labels: string,
  namespace: string | undefined,
): Promise<number> {
  const path = namespace ? `/api/v1/namespaces/${namespace}/pods` : '/api/v1/pods'
  const [pods, { newest }] = await Promise.all([api.list<Pod>(path, { labels }), readHistory(api, component)])
  return latest([newest?.changedAt, ...pods.flatMap(timesOf)])
}

function timesOf({ metadata, status }: Pod): (string | undefined)[] {
  return [
    metadata.deletionTimestamp && new Date().toISOString(),
    ...(status?.conditions ?? []).map(({ lastTransitionTime }) => lastTransitionTime),
    ...(status?.containerStatuses ?? []).map(({ state }) => state?.running?.startedAt),
  ]
}

function latest(times: readonly (string | undefined)[]): number {
  return Math.max(0, ...times.map((time) => Date.parse(time ?? '')).filter((time) => !Number.isNaN(time)))
}

/** Prometheus' view of its configuration and targets. Times are in ms since 1970. */
export interface Scraping {
  /** When Prometheus last started or loaded its configuration. */
  readonly changedAt: number
  readonly targets: readonly { readonly lastScrape: number; readonly intervalMs: number }[]
}

async function readScraping(prometheus: PrometheusClient): Promise<Scraping> {
  const [runtime, { activeTargets }] = await Promise.all([
    prometheus.get<{ startTime: string; lastConfigTime: string }>('status/runtimeinfo'),
    prometheus.get<{ activeTargets: readonly { lastScrape: string; scrapeInterval?: string }[] }>(
      'targets?state=active',
    ),
  ])
  return {
    changedAt: latest([runtime.startTime, runtime.lastConfigTime]),
    targets: activeTargets.map(({ lastScrape, scrapeInterval }) => ({
      lastScrape: latest([lastScrape]),
      intervalMs: durationMs(scrapeInterval ?? '') || 15_000,
    })),
  }
}

/**
 * Whether some target was not scraped often enough since the last change. A target that is never scraped counts only for
 * as long as its interval. Pure.
 *
 * @param componentChangedAt in ms since 1970
 * @param scraping undefined if Prometheus is unreachable
 */
export function isUnscraped({
  componentChangedAt,
  now,
  scraping,
  scrapes = 1,
  lagMs = propagationMs,
}: {
  readonly componentChangedAt: number
  readonly now: number
  readonly scraping: Scraping | undefined
  readonly scrapes?: number
  readonly lagMs?: number
}): boolean {
  if (!scraping) return now - componentChangedAt < lagMs + propagationMs
  const from = Math.max(componentChangedAt + lagMs, scraping.changedAt)
  if (now < from) return true
  return scraping.targets.some(({ lastScrape, intervalMs }) => {
    const expected = from + (scrapes - 1) * intervalMs
    return lastScrape < expected && now < expected + intervalMs + propagationMs
  })
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 6e4, h: 36e5, d: 864e5, w: 6048e5, y: 31536e6 }

/** Parses a Prometheus duration such as `1h30m` into milliseconds. */
export function durationMs(duration: string): number {
  const parts = [...duration.matchAll(/(\d+)(ms|[smhdwy])/g)]
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * (units[unit ?? ''] ?? 0), 0)
}
