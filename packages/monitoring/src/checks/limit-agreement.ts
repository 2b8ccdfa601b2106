import { type ComponentCheck, defineChecks, type ProofContext } from '@platform/engine'
import { StillWarming, untilSettled } from '@platform/engine/settled'
import { type Limits, notesOf, problemsOf, readLimits } from '../limits/index.ts'
import { few } from './common.ts'
import { CADVISOR_MS } from './limits.ts'

const statedSeries = ['limits', 'requests', 'memory-limit', 'cpu-quota'].map((name) => `prometheus/series/${name}`)

/** The limits in the specs are the limits in the graphs, of every container of every namespace. */
const agree: ComponentCheck = {
  id: 'limits-agree',
  dependsOn: ['prometheus/server', 'prometheus/targets', ...statedSeries, 'containers'],
  name: "every running container's requests, limits, restarts and last end are the same for the API server and Prometheus",
  timeoutMs: 90_000,
  hint: 'pnpm limits',
  async run(context) {
    const sources = await sourcesOf(context)
    const agreed = async () => {
      const limits = await readLimits(sources)
      const problems = problemsOf({ ...limits, stale: [] })
      if (problems.length) throw new Error(few(problems))
      // A container that just started is known after two scrapes, one that just ended until the next.
      if (!limits.settled) throw new StillWarming(few([...problemsOf(limits), ...notesOf(limits)]))
      return told(limits)
    }
    return untilSettled(context, agreed, { metrics: { scrapes: 2, lagMs: CADVISOR_MS }, everyMs: 1000 })
  },
}

const headroom: ComponentCheck = {
  id: 'limits-headroom',
  dependsOn: ['prometheus/server', 'containers'],
  name: 'every container of the platform has limits',
  timeoutMs: 60_000,
  hint: 'pnpm limits',
  async run(context) {
    const limits = await readLimits(await sourcesOf(context))
    const ours = limits.rows.filter((row) => row.managed)
    if (!ours.length) throw new Error('no container of the platform runs')
    const without = ours.filter((row) => row.limits.memory === undefined || row.limits.cpu === undefined)
    if (without.length) throw new Error(few(notesOf({ ...limits, rows: without })))
    const [nearest] = ours
    const most =
      nearest?.memoryUtilization === undefined
        ? ''
        : `, at most ${Math.round(nearest.memoryUtilization * 100)} % of memory used`
    const near = notesOf({ ...limits, rows: ours.filter(({ notes }) => notes.length) })
    return [`${ours.length} containers${most}${nearest ? ` (${nearest.container})` : ''}`, ...near].join('; ')
  },
}

export const limitAgreementChecks = defineChecks([agree, headroom])

async function sourcesOf(context: ProofContext) {
  return { api: context.api, prometheus: await context.prometheus(), signal: context.signal }
}

function told(limits: Limits): string {
  const namespaces = new Set(limits.rows.map(({ namespace }) => namespace)).size
  const notes = notesOf(limits)
  return [`${limits.rows.length} containers of ${namespaces} namespaces`, ...(notes.length ? [few(notes)] : [])].join(
    '; ',
  )
}
