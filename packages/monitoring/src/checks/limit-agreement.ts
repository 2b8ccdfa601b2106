import { type ComponentCheck, defineChecks, type ProofContext } from '@platform/engine'
import { StillWarming, untilSettled } from '@platform/engine/settled'
import { type Limits, notesOf, problemsOf, readLimits } from '../limits/index.ts'
import { joinProblems } from './common.ts'
import { CADVISOR_MS } from './limits.ts'

const seriesSubjects = ['limits', 'requests', 'memory-limit', 'cpu-quota'].map((name) => `prometheus/series/${name}`)

/** Compares the pod specs with Prometheus, for every container of every namespace. */
const agree: ComponentCheck = {
  id: 'limits-agree',
  dependsOn: ['prometheus/server', 'prometheus/targets', ...seriesSubjects, 'containers'],
  name: "the API server and Prometheus agree on every running container's requests, limits, restarts and last termination",
  timeoutMs: 90_000,
  hint: 'pnpm limits',
  async run(context) {
    const sources = await sourcesOf(context)
    const compared = async () => {
      const limits = await readLimits(sources)
      const problems = problemsOf({ ...limits, stale: [] })
      if (problems.length) throw new Error(joinProblems(problems))
      // Prometheus knows a new container after two scrapes, and forgets an ended one at the next scrape.
      if (!limits.settled) throw new StillWarming(joinProblems([...problemsOf(limits), ...notesOf(limits)]))
      return summaryOf(limits)
    }
    return untilSettled(context, compared, { metrics: { scrapes: 2, lagMs: CADVISOR_MS }, everyMs: 1000 })
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
    const managed = limits.rows.filter((row) => row.managed)
    if (!managed.length) throw new Error('no container of the platform is running')
    const without = managed.filter((row) => row.limits.memory === undefined || row.limits.cpu === undefined)
    if (without.length) throw new Error(joinProblems(notesOf({ ...limits, rows: without })))
    const [nearest] = managed
    const most =
      nearest?.memoryUtilization === undefined
        ? ''
        : `, at most ${Math.round(nearest.memoryUtilization * 100)} % of memory used`
    const near = notesOf({ ...limits, rows: managed.filter(({ notes }) => notes.length) })
    return [`${managed.length} containers${most}${nearest ? ` (${nearest.container})` : ''}`, ...near].join('; ')
  },
}

export const limitAgreementChecks = defineChecks([agree, headroom])

async function sourcesOf(context: ProofContext) {
  return { api: context.api, prometheus: await context.prometheus(), signal: context.signal }
}

function summaryOf(limits: Limits): string {
  const namespaces = new Set(limits.rows.map(({ namespace }) => namespace)).size
  const notes = notesOf(limits)
  return [
    `${limits.rows.length} containers in ${namespaces} namespaces`,
    ...(notes.length ? [joinProblems(notes)] : []),
  ].join('; ')
}
