import { setTimeout as sleep } from 'node:timers/promises'
import type { KubeObject } from '@platform/cluster'
import { CheckSkipped } from '@platform/core'
import type { PrometheusClient, ProofContext } from '../component/proof-context.ts'
import { readHistory } from '../release/history.ts'

/** How long Services, Ingresses and discovery may take to notice a change, in milliseconds. */
const noticeMs = 6_000

const partOf = 'app.kubernetes.io/part-of=observable-platform'

export interface SettledOptions {
  /**
   * The answer comes from what Prometheus scrapes: after a change of the component or of Prometheus every target must have
   * been scraped.
   */
  readonly metrics?: {
    /** So often; a rate has a value from the second scrape on. Default 1. */
    readonly scrapes?: number
    /** How long a source may take until it serves what has changed, in milliseconds. Default: as discovery takes. */
    readonly lagMs?: number
  }
  /** Between two tries, in milliseconds. */
  readonly everyMs?: number
}

/** Thrown by what is asked when the answer is still to come, whatever else has changed or not. */
export class StillWarming extends Error {}

/**
 * Asks until it does not throw. It waits only for what changed recently: on a system at rest it throws at once what was
 * wrong.
 *
 * @throws what `ask` threw last
 */
export async function untilSettled<T>(
  context: ProofContext,
  ask: () => Promise<T>,
  { metrics, everyMs = 500 }: SettledOptions = {},
): Promise<T> {
  let settled = false
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      const isFinal = settled && !(error instanceof StillWarming)
      if (isFinal || error instanceof CheckSkipped || context.signal.aborted) throw error
      // Looked at before the next try, so that nothing can come between the two.
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
 * Asks until it does not throw, for so long at most: for what the check has just made itself. Shorter than the check's own
 * limit, which knows nothing of what was wrong.
 *
 * @throws what `ask` threw last
 */
export async function retryFor<T>(
  { signal }: Pick<ProofContext, 'signal'>,
  ms: number,
  ask: () => Promise<T>,
  everyMs = 500,
): Promise<T> {
  const end = Date.now() + ms
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (Date.now() >= end || signal.aborted) throw error
      await sleep(everyMs, undefined, { signal })
    }
  }
}

async function changedRecently(context: ProofContext, metrics: SettledOptions['metrics']): Promise<boolean> {
  const now = Date.now()
  if (!metrics) return now - (await lastChange(context, partOf, undefined)) < noticeMs
  const { release, namespace } = context.component
  const own = await lastChange(context, `app.kubernetes.io/instance=${release}`, namespace)
  const scraping = await context
    .prometheus()
    .then((prometheus) => readScraping(prometheus))
    .catch(() => undefined)
  return isUnscraped({ own, now, scraping, ...metrics })
}

interface Pod extends KubeObject {
  readonly metadata: KubeObject['metadata'] & { readonly deletionTimestamp?: string }
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly lastTransitionTime?: string }[]
    readonly containerStatuses?: readonly { readonly state?: { readonly running?: { readonly startedAt?: string } } }[]
  }
}

/** When a pod of the selector started, became ready or ended last, or the component's release was changed; ms since 1970. */
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

/** What Prometheus says of its own state. Times are in ms since 1970. */
export interface Scraping {
  /** When it started, or loaded its configuration last. */
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
 * Whether the last change is so recent that some target was not scraped (often enough) after it. A target that is never
 * scraped is waited for as long as its interval lets expect. Pure.
 *
 * @param own when the component was changed last, in ms since 1970
 * @param scraping undefined: Prometheus does not answer
 */
export function isUnscraped({
  own,
  now,
  scraping,
  scrapes = 1,
  lagMs = noticeMs,
}: {
  readonly own: number
  readonly now: number
  readonly scraping: Scraping | undefined
  readonly scrapes?: number
  readonly lagMs?: number
}): boolean {
  if (!scraping) return now - own < lagMs + noticeMs
  const from = Math.max(own + lagMs, scraping.changedAt)
  if (now < from) return true
  return scraping.targets.some(({ lastScrape, intervalMs }) => {
    const wanted = from + (scrapes - 1) * intervalMs
    return lastScrape < wanted && now < wanted + intervalMs + noticeMs
  })
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 6e4, h: 36e5, d: 864e5, w: 6048e5, y: 31536e6 }

/** Prometheus' `1h30m`, in milliseconds. */
export function durationMs(duration: string): number {
  const parts = [...duration.matchAll(/(\d+)(ms|[smhdwy])/g)]
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * (units[unit ?? ''] ?? 0), 0)
}
