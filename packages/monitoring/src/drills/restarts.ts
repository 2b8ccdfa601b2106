import { defineDrills, type ProofContext } from '@platform/engine'
import { durationMs, retryFor } from '@platform/engine/settled'
import { pods } from '../checks/common.ts'
import { editConfig, loaded, replacePods, withJob, withoutJob } from './change.ts'

interface Before {
  readonly at: number
  readonly path: string
  readonly value: string
}

interface Runtime {
  readonly startTime: string
  readonly lastConfigTime: string
  readonly reloadConfigSuccess: boolean
}

interface ActiveTarget {
  readonly labels: { readonly pod?: string }
  readonly scrapeInterval: string
}

/** A job without targets, which changes only the configuration. */
const emptyJob = 'drill-reload'

/** Data that must survive a restart or a reload. */
export const restarts = defineDrills([
  {
    kind: 'restart',
    id: 'prometheus-killed',
    changes: ['prometheus/server', 'prometheus/page'],
    name: 'the pod of Prometheus is deleted: its data is still there',
    async disturb(context): Promise<Before> {
      const at = Math.floor(Date.now() / 1000) - 5
      const path = `query?query=${encodeURIComponent('sum(prometheus_tsdb_head_samples_appended_total)')}&time=${at}`
      const value = await oneValue(context, path)
      await noSeriesEnds(context)
      await replacePods(context, pods.prometheus)
      return { at, path, value }
    },
    async check(context, before) {
      const { at, path, value } = before as Before
      const after = await retryFor(context, 20_000, () => oneValue(context, path))
      if (after !== value)
        throw new Error(`the value at ${at} was ${value} before the restart and is ${after} after it`)
      return `the value at ${new Date(at * 1000).toISOString()} is still ${value}`
    },
  },
  {
    kind: 'restart',
    id: 'config-reloaded',
    changes: ['prometheus/config'],
    name: 'Prometheus loads a changed configuration and then the original one, without a restart or loss of data',
    async disturb(context): Promise<Before & { readonly runtime: Runtime }> {
      const at = Math.floor(Date.now() / 1000) - 5
      const path = `query?query=${encodeURIComponent('sum(prometheus_tsdb_head_samples_appended_total)')}&time=${at}`
      const [value, runtime] = await Promise.all([oneValue(context, path), runtimeOf(context)])
      try {
        await editConfig(context, withJob(emptyJob))
        await loaded(context)
      } finally {
        await editConfig(context, withoutJob(emptyJob))
        await loaded(context)
      }
      return { at, path, value, runtime }
    },
    async check(context, before) {
      const { at, path, value, runtime } = before as Before & { readonly runtime: Runtime }
      const [after, now] = await Promise.all([oneValue(context, path), runtimeOf(context)])
      const problem = reloadProblem(runtime, now)
      if (problem) throw new Error(problem)
      if (after !== value) throw new Error(`the value at ${at} was ${value} before the reload and is ${after} after it`)
      return `loaded at ${now.lastConfigTime} by the process started at ${now.startTime}; the value at ${new Date(at * 1000).toISOString()} is still ${value}`
    },
  },
  {
    kind: 'restart',
    id: 'alertmanager-killed',
    changes: ['alertmanager/pod', 'alertmanager/page'],
    name: 'the pod of Alertmanager is deleted: its silences are still there',
    async disturb(context): Promise<string> {
      const id = await silence(context)
      await replacePods(context, pods.alertmanager)
      return id
    },
    async check(context, id) {
      const path = `/api/v2/silence/${id}`
      const { status, body } = await retryFor(context, 20_000, async () => {
        const response = await alertmanager(context, path)
        if (response.status >= 500) throw new Error(`Alertmanager returned ${response.status} for ${path}`)
        return response
      })
      if (status !== 200)
        throw new Error(`the silence ${id} does not exist after the restart: ${status} ${body.slice(0, 200)}`)
      await alertmanager(context, path, { method: 'DELETE' })
      return `the silence ${id} still exists`
    },
  },
  {
    kind: 'restart',
    id: 'exporters-killed',
    changes: ['prometheus/targets'],
    name: 'the pods of node-exporter and kube-state-metrics are deleted: their replacements are scraped',
    async disturb(context) {
      for (const name of ['node-exporter', 'kube-state-metrics']) {
        await replacePods(context, `app.kubernetes.io/name=${name},app.kubernetes.io/instance=prometheus`)
      }
    },
  },
])

/** The problem of a reload between these two states, if any. Pure. */
export function reloadProblem(before: Runtime, now: Runtime): string | undefined {
  if (now.startTime !== before.startTime)
    return `Prometheus was restarted at ${now.startTime}, it had been running since ${before.startTime}`
  if (!now.reloadConfigSuccess) return 'Prometheus rejected its configuration'
  if (Date.parse(now.lastConfigTime) <= Date.parse(before.lastConfigTime))
    return `no configuration was loaded since ${before.lastConfigTime}`
  return undefined
}

async function runtimeOf(context: ProofContext): Promise<Runtime> {
  return (await context.prometheus()).get<Runtime>('status/runtimeinfo')
}

/**
 * Waits until no series is about to end. Prometheus returns series that end during its downtime for another five minutes:
 * - the last sample of a removed target, so that TargetDown would fire;
 * - series from before a configuration change. Prometheus marks them stale two intervals after the change.
 */
async function noSeriesEnds(context: ProofContext): Promise<void> {
  const prometheus = await context.prometheus()
  const targets = async () => {
    const path = 'targets?state=active'
    return (await prometheus.get<{ activeTargets: readonly ActiveTarget[] }>(path)).activeTargets
  }
  await context.until('all targets to be up, without targets of checks', async () => {
    const [down, active] = await Promise.all([prometheus.query('up == 0'), targets()])
    return (!down.length && !active.some(({ labels }) => labels.pod?.startsWith('verify-'))) || undefined
  })
  await context.until('Prometheus to mark the series of its previous configuration as stale', async () => {
    const [{ lastConfigTime }, active] = await Promise.all([runtimeOf(context), targets()])
    const intervalMs = Math.max(...active.map(({ scrapeInterval }) => durationMs(scrapeInterval)))
    return Date.now() - Date.parse(lastConfigTime) > 3 * intervalMs || undefined
  })
}

async function oneValue(context: ProofContext, path: string): Promise<string> {
  const { result } = await (await context.prometheus()).get<{ result: { value: [number, string] }[] }>(path)
  const value = result[0]?.value[1]
  if (value === undefined) throw new Error(`Prometheus returned no data for ${path}`)
  return value
}

type Request = Parameters<ProofContext['service']>[2]

async function alertmanager(context: ProofContext, path: string, request?: Request) {
  const endpoint = await context.endpoint('alertmanager')
  if (!endpoint) throw new Error('Alertmanager is not deployed')
  return context.service(endpoint, path, request)
}

/** Creates a silence for an alert that does not exist. */
async function silence(context: ProofContext): Promise<string> {
  const now = Date.now()
  const body = {
    matchers: [{ name: 'alertname', value: 'MadeByDrill', isRegex: false }],
    ...{ startsAt: new Date(now).toISOString(), endsAt: new Date(now + 3_600_000).toISOString() },
    ...{ createdBy: 'drill', comment: 'tests that silences survive a restart' },
  }
  const headers = { 'content-type': 'application/json' }
  const response = await alertmanager(context, '/api/v2/silences', {
    ...{ method: 'POST', headers, body: JSON.stringify(body) },
  })
  if (response.status !== 200)
    throw new Error(`Alertmanager did not create the silence: ${response.status} ${response.body.slice(0, 200)}`)
  return (JSON.parse(response.body) as { silenceID: string }).silenceID
}
