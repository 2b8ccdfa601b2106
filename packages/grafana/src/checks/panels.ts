import { repositoryRoot } from '@platform/core'
import { collectExpected } from '@platform/dashboards/expected'
import type { ComponentCheck, ProofContext } from '@platform/engine'
import type { Dashboard, PrometheusApi, View } from '@platform/panels'
import type { KnownDatasource } from '@platform/panels/file'
import { diagnose, inParallel, type Proof } from '@platform/panels/proof'
import { type GrafanaClient, grafanaClient, secretLogin } from '../grafana-client.ts'
import { imported } from '../originals/wanted.ts'
import { type Finding, judgeLists, judgePanels } from '../panels/judge.ts'
import { judgeBoards } from '../panels/judge-boards.ts'
import { proveSettled, type SettledProof } from '../panels/settled.ts'
import { inSession } from '../panels/through-grafana.ts'
import { viewsAt } from '../panels/views.ts'

/** Queries in flight: enough to keep two cores busy, and Grafana answers others meanwhile. */
const together = 8
/** Values of one variable that are tried one at a time. */
const values = 3
/** Findings whose cause is looked for and told; the rest is counted. */
const told = 10
/** Found within seconds, then three scrapes of 15 s, of what began to be counted a little after this began. */
const scrapesMs = 75_000
/** A pod that has run for longer has counted what it will count. */
const newMs = 120_000
/** The checks that are asked beside this one have made their first requests by then: Traefik counts from those on. */
const othersMs = 5_000

export const panelChecks: readonly ComponentCheck[] = [
  {
    id: 'panels-data',
    dependsOn: ['grafana', 'ingress', 'prometheus', 'alertmanager', 'mysql', 'containers'],
    name: 'every query of every panel of every dashboard shows data, as opened and with single values chosen',
    timeoutMs: 600_000,
    hint: 'pnpm open grafana',
    needs: ['prometheus'],
    run: everyPanelShows,
  },
]

async function everyPanelShows(context: ProofContext): Promise<string> {
  const client = await grafanaClient(context)
  await client.get('/api/user')
  return inSession(client, await secretLogin(context), (prometheus) => proveAll(context, client, prometheus))
}

async function proveAll(context: ProofContext, client: GrafanaClient, prometheus: PrometheusApi): Promise<string> {
  const [all, lists, datasources] = await Promise.all([
    provisioned(client),
    collectExpected(repositoryRoot),
    client.get<readonly KnownDatasource[]>('/api/datasources'),
  ])
  // Those of others are for `pnpm dashboards check`: what they ask is not ours to answer for.
  const theirs = importedUids(context)
  const boards = all.filter(({ uid = '' }) => !theirs.has(uid))
  const judge = (proof: Proof) => judgePanels(proof, lists)
  const since = (await startedRecently(context)) ? (await timeOf(prometheus)) + othersMs : 0
  const settling = { context, prometheus, since, judge, options: { values, together }, limitMs: scrapesMs }
  const settled = await proveSettled(boards, settling)
  const { proof } = settled
  const { view } = viewsAt(Date.now() / 1000)
  const findings = judge(proof)
  const { problems: ofLists, panels, expected } = judgeLists(boards, lists)
  const problems = [...ofLists, ...judgeBoards(proof.dashboards, datasources)]
  const figures = `${figuresOf(settled)}; ${expected} of ${panels} panels are expected to be empty${theirs.size ? `; not asked: ${theirs.size} dashboards of others (pnpm dashboards check)` : ''}`
  if (!findings.length && !problems.length) return figures
  const lines = await inParallel(findings.slice(0, told), together, (finding) => describe(prometheus, finding, view))
  const more = findings.length > told ? [`and ${findings.length - told} more`] : []
  const head = `${findings.length} of the queries show what they should not${problems.length ? `, ${problems.length} more problems` : ''}; ${figures}`
  throw new Error([head, ...shown(problems), ...lines, ...more].join('\n'))
}

interface StartedPod {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> }
  readonly status?: { readonly startTime?: string }
}

/** Whether a pod of the platform is so new that it may have counted nothing yet. Grafana itself counts from its start. */
async function startedRecently({ api }: ProofContext): Promise<boolean> {
  const pods = await api.list<StartedPod>('/api/v1/pods', { labels: 'app.kubernetes.io/part-of=observable-platform' })
  return pods.some(
    ({ metadata, status }) =>
      metadata.labels?.['app.kubernetes.io/name'] !== 'grafana' &&
      Date.now() - Date.parse(status?.startTime ?? '') < newMs,
  )
}

/** What Prometheus has for the time, in ms: that of this machine may be another. */
async function timeOf(prometheus: PrometheusApi): Promise<number> {
  const { result } = await prometheus.get<{ result: readonly [number, string] }>('query?query=time()')
  return Number(result[1]) * 1000
}

/** The uids of the dashboards that an overlay names as `originals`. */
function importedUids({ values: release }: ProofContext): ReadonlySet<string> {
  const texts = Object.entries((release.dashboards ?? {}) as Record<string, string>)
  return new Set(
    texts.flatMap(([name, text]) => (name.startsWith(imported) ? [(JSON.parse(text) as Dashboard).uid ?? ''] : [])),
  )
}

/** The provisioned dashboards as Grafana has them. Dashboards that people created are not checked. */
export async function provisioned({ get }: Pick<GrafanaClient, 'get'>): Promise<readonly Dashboard[]> {
  const found = await get<readonly { readonly uid: string }[]>('/api/search?type=dash-db&limit=5000')
  const all = await inParallel(found, together, ({ uid }) =>
    get<{ dashboard: Dashboard; meta: { provisioned?: boolean } }>(`/api/dashboards/uid/${uid}`),
  )
  const boards = all.filter(({ meta }) => meta.provisioned).map(({ dashboard }) => dashboard)
  if (!boards.length) throw new Error('Grafana has no provisioned dashboard')
  return boards
}

function figuresOf({ proof, waitedMs, waitedFor }: SettledProof): string {
  const { dashboards, asked, together: inFlight, ms, slowest } = proof
  const panels = dashboards.reduce((sum, board) => sum + board.panels, 0)
  const queries = dashboards.reduce((sum, board) => sum + board.asOpened.length, 0)
  const slow = slowest ? `, slowest ${Math.round(slowest.ms)} ms: ${shortened(slowest.expr)}` : ''
  const wait = waitedFor.length
    ? `, and ${Math.round(waitedMs / 1000)} s of waiting for the first samples of ${waitedFor.slice(0, 3).join(', ')}`
    : ''
  return `${dashboards.length} dashboards, ${panels} panels, ${queries} queries (${asked} asked with the choices of variables) in ${(ms / 1000).toFixed(1)} s, ${inFlight} in flight${slow}${wait}`
}

async function describe(prometheus: PrometheusApi, finding: Finding, view: View): Promise<string> {
  const { dashboard, what, silent } = finding
  const { panel, refId, expr, instant } = finding.proved.query
  const { error } = finding.proved
  const head = `${dashboard.title} (${dashboard.uid}), “${panel.title}” ${refId}: ${what}`
  if (!silent) return `${head}: ${expr}`
  const found = await diagnose(prometheus, { expr, instant, ...(error && { error }) }, view).catch(
    (failure: Error) => ({ cause: `its cause can't be asked for: ${failure.message}`, suggestion: undefined }),
  )
  return `${head}: ${expr} – ${found.cause}${found.suggestion ? `; this has data: ${found.suggestion}` : ''}`
}

/** A dashboard whose queries were all taken out has many. */
function shown(problems: readonly string[]): readonly string[] {
  const more = problems.length - told
  return more > 0 ? [...problems.slice(0, told), `and ${more} more of such`] : problems
}

function shortened(text: string): string {
  return text.length > 100 ? `${text.slice(0, 99)}…` : text
}
