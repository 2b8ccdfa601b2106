import type { PrometheusClient, ProofContext } from '@platform/engine'
import { type GrafanaClient, grafanaClient, jsonRequest, told } from '../grafana-client.ts'
import { readFrames, type Series, sameSeries } from './frames.ts'

const uid = 'prometheus'

/** What the chart provisions, as Grafana has it. */
export async function datasourceThere(context: ProofContext): Promise<string> {
  const { get } = await grafanaClient(context)
  const wanted = { type: 'prometheus', url: urlOf(context), access: 'proxy', isDefault: true, readOnly: true }
  const found = await get<Record<string, unknown>>(`/api/datasources/uid/${uid}`)
  const wrong = Object.entries(wanted).filter(([key, value]) => found[key] !== value)
  if (wrong.length) {
    throw new Error(
      wrong
        .map(([key, value]) => `${key} is ${JSON.stringify(found[key])}, wanted ${JSON.stringify(value)}`)
        .join('; '),
    )
  }
  return wanted.url
}

function urlOf({ values }: ProofContext): string {
  return (values.datasource as { url: string }).url
}

/** Grafana asks its datasource, and says what came of it. */
export async function datasourceHealthy(context: ProofContext): Promise<string> {
  const { ask } = await grafanaClient(context)
  const answer = await ask(`/api/datasources/uid/${uid}/health`)
  const { status, message = '' } = JSON.parse(answer.body) as { status?: string; message?: string }
  if (answer.status !== 200 || status !== 'OK') throw new Error(`${told(answer)}, wanted OK`)
  return message
}

interface Board {
  readonly uid: string
  readonly title: string
  readonly panels?: readonly unknown[]
}

/** Each by its uid, with its title and as many panels as were provisioned, and in the search. */
export async function dashboardsThere(context: ProofContext): Promise<string> {
  const client = await grafanaClient(context)
  const provisioned = Object.values(context.values.dashboards as Record<string, string>)
  if (!provisioned.length) throw new Error('the release has no dashboards')
  const listed = await client.get<readonly { readonly uid: string }[]>('/api/search?type=dash-db&limit=5000')
  const problems = await Promise.all(
    provisioned.map((text) =>
      compare(
        client,
        JSON.parse(text) as Board,
        listed.map((each) => each.uid),
      ),
    ),
  )
  const found = problems.flat()
  if (found.length) throw new Error(found.join('; '))
  return `${provisioned.length} of ${provisioned.length}`
}

async function compare({ get }: GrafanaClient, wanted: Board, listed: readonly string[]): Promise<string[]> {
  if (!listed.includes(wanted.uid)) return [`${wanted.uid} is not there`]
  const { dashboard, meta } = await get<{ dashboard: Board; meta: { provisioned?: boolean } }>(
    `/api/dashboards/uid/${wanted.uid}`,
  )
  const panels = [dashboard.panels?.length ?? 0, wanted.panels?.length ?? 0]
  return [
    dashboard.title !== wanted.title && `${wanted.uid} is called ${dashboard.title}, wanted ${wanted.title}`,
    panels[0] !== panels[1] && `${wanted.uid} has ${panels[0]} panels and rows, wanted ${panels[1]}`,
    !meta.provisioned && `${wanted.uid} was made by hand, not provisioned`,
  ].filter((line): line is string => Boolean(line))
}

/** The same instant on both ways, a little ago: then no scrape is on its way that one sees and the other does not. */
export async function sameAsPrometheus(context: ProofContext): Promise<string> {
  const expr = 'count by (job) (up)'
  const client = await grafanaClient(context)
  const prometheus = await context.prometheus()
  // What has just come up had not been scraped then.
  const { at, direct } = await context.until(
    `Prometheus to have ${expr} of 20 s ago`,
    () => measured(prometheus, expr),
    1000,
  )
  const query = { refId: 'A', datasource: { type: 'prometheus', uid }, expr, instant: true, range: false }
  const body = { from: String((at - 300) * 1000), to: String(at * 1000), queries: [{ ...query, intervalMs: 15_000 }] }
  const answer = await client.ask('/api/ds/query', jsonRequest('POST', body))
  const through = readFrames(answer, 'A')
  const difference = sameSeries(through, direct)
  if (difference) throw new Error(`${expr}: ${difference}`)
  return `${expr}: ${direct.length} series, alike`
}

async function measured({ get }: PrometheusClient, expr: string) {
  const at = Math.floor(Date.now() / 1000) - 20
  const { result } = await get<{ result: readonly PrometheusSeries[] }>(
    `query?query=${encodeURIComponent(expr)}&time=${at}`,
  )
  const direct = result.map(({ metric, value }): Series => ({ labels: metric, at: value[0], value: Number(value[1]) }))
  return direct.length ? { at, direct } : undefined
}

interface PrometheusSeries {
  readonly metric: Readonly<Record<string, string>>
  readonly value: readonly [number, string]
}

/** The pie chart is Grafana's own; the others are those of the values. */
export async function pluginsThere(context: ProofContext): Promise<string> {
  const { get } = await grafanaClient(context)
  const asked = (context.values.plugins as readonly string[]).map((plugin) => plugin.split('@')[0] ?? plugin)
  const wanted = ['piechart', ...asked]
  const installed = (await get<readonly { readonly id: string }[]>('/api/plugins')).map(({ id }) => id)
  const missing = wanted.filter((id) => !installed.includes(id))
  if (missing.length) {
    const { version } = await get<{ version: string }>('/api/health')
    const why = version.includes('stand-in') ? ': this is a stand-in for Grafana, which installs no plugins' : ''
    throw new Error(`not there: ${missing.join(', ')}${why}`)
  }
  return wanted.join(', ')
}
