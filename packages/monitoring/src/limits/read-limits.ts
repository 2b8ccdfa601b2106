import { setTimeout as sleep } from 'node:timers/promises'
import type { Api } from '@platform/cluster'
import type { PrometheusClient } from '@platform/engine'
import { compareLimits } from './compare.ts'
import { readPods } from './read-pods.ts'
import { readMeasured } from './read-prometheus.ts'
import type { Limits } from './types.ts'

/** Who is asked. */
export interface LimitSources {
  readonly api: Pick<Api, 'list'>
  readonly prometheus: Pick<PrometheusClient, 'query' | 'get'>
  readonly signal: AbortSignal
}

/** Every running container of the cluster, from the API server and from Prometheus side by side, as of now. */
export async function readLimits({ api, prometheus }: LimitSources): Promise<Limits> {
  const [containers, measured] = await Promise.all([readPods(api), readMeasured(prometheus)])
  return compareLimits(containers, measured, Date.now())
}

/**
 * The same, when nothing is on its way any more: what started or ended a moment ago, or was changed, is asked for again
 * until all agree or the time is over.
 */
export async function readSettledLimits(sources: LimitSources, withinMs: number): Promise<Limits> {
  const end = Date.now() + withinMs
  for (;;) {
    const limits = await readLimits(sources)
    if (limits.settled || Date.now() >= end) return limits
    await sleep(2000, undefined, { signal: sources.signal })
  }
}
