import { setTimeout as sleep } from 'node:timers/promises'
import type { Api } from '@platform/cluster'
import type { PrometheusClient } from '@platform/engine'
import { compareLimits } from './compare.ts'
import { readPods } from './read-pods.ts'
import { readMeasured } from './read-prometheus.ts'
import type { Limits } from './types.ts'

export interface LimitSources {
  readonly api: Pick<Api, 'list'>
  readonly prometheus: Pick<PrometheusClient, 'query' | 'get'>
  readonly signal: AbortSignal
}

/** The current limits of every running container, from the API server and from Prometheus. */
export async function readLimits({ api, prometheus }: LimitSources): Promise<Limits> {
  const [containers, measured] = await Promise.all([readPods(api), readMeasured(prometheus)])
  return compareLimits(containers, measured, Date.now())
}

/**
 * Polls until the API server and Prometheus agree, or the time is over. Recent changes take a moment to reach Prometheus.
 */
export async function readSettledLimits(sources: LimitSources, withinMs: number): Promise<Limits> {
  const end = Date.now() + withinMs
  for (;;) {
    const limits = await readLimits(sources)
    if (limits.settled || Date.now() >= end) return limits
    await sleep(2000, undefined, { signal: sources.signal })
  }
}
