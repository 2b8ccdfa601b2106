import type { Dashboard } from '../model/dashboard.ts'
import { moment, viewOf } from '../model/time.ts'
import { answersByPanel, type PrometheusApi, queryDashboard } from '../query.ts'
import { controls, dashboardLinks } from './controls.ts'
import { element } from './element.ts'
import { layOut } from './grid.ts'
import { drawPanel } from './panel.ts'
import { themeButton } from './theme.ts'

/** GET on the API of the page's own server. Who is no longer logged in is sent to the login page. */
async function get(path: string): Promise<{ readonly status: number; readonly body: unknown }> {
  const answer = await fetch(path)
  if (answer.status === 401) {
    location.assign(`/login?redirectTo=${encodeURIComponent(location.pathname + location.search)}`)
  }
  return { status: answer.status, body: await answer.json().catch(() => ({})) }
}

/** Prometheus through the datasource proxy of Grafana's API. */
const prometheus: PrometheusApi = {
  async get<T>(path: string): Promise<T> {
    const answer = await get(`/api/datasources/proxy/uid/prometheus/api/v1/${path}`)
    const body = answer.body as { status?: string; data?: T; error?: string; message?: string }
    if (body.status !== 'success') throw new Error(body.error ?? body.message ?? `HTTP ${answer.status}`)
    return body.data as T
  },
}

/** The page's address holds what is chosen, with Grafana's own names: `from`, `to`, `var-<name>`. */
function wanted(address: URLSearchParams): Record<string, string[]> {
  const names = [...address.keys()].filter((key) => key.startsWith('var-'))
  return Object.fromEntries(names.map((key) => [key.slice(4), address.getAll(key)]))
}

/** Counts what was asked to be shown: an answer that comes after a newer question is not drawn. */
let latest = 0

async function show(root: HTMLElement): Promise<void> {
  latest += 1
  const mine = latest
  delete document.body.dataset.ready
  const uid = location.pathname.split('/')[2] ?? ''
  const found = await get(`/api/dashboards/uid/${encodeURIComponent(uid)}`)
  const { dashboard, message } = found.body as { dashboard?: Dashboard; message?: string }
  if (!dashboard) throw new Error(message ?? `HTTP ${found.status}`)
  const address = new URLSearchParams(location.search)
  const now = Date.now() / 1000
  const from = address.get('from') ?? dashboard.time?.from ?? 'now-1h'
  const to = address.get('to') ?? dashboard.time?.to ?? 'now'
  const view = viewOf(Math.floor(moment(from, now)), Math.floor(moment(to, now)))
  const asked = await queryDashboard(prometheus, dashboard, view, { wanted: wanted(address), together: 6 })
  const links = await dashboardLinks(dashboard, async (path) => (await get(path)).body)
  if (mine !== latest) return
  const answers = answersByPanel(asked)
  const { grid, placed } = layOut(dashboard)
  const change = (edit: (into: URLSearchParams) => void) => {
    const into = new URLSearchParams(location.search)
    edit(into)
    history.pushState(null, '', `?${into}`)
    refresh(root)
  }
  root.replaceChildren(
    element('h1', {}, dashboard.title),
    element('p', { class: 'soft' }, dashboard.description ?? ''),
    controls({ resolved: asked.resolved, address, from, to, change, again: () => refresh(root) }),
    links,
    grid,
  )
  for (const { panel, box } of placed) drawPanel(box, panel, answers[String(panel.id)] ?? [])
  document.body.dataset.ready = 'yes'
}

function refresh(root: HTMLElement): void {
  root.dataset.asking = 'yes'
  show(root)
    .catch((error: Error) => root.replaceChildren(element('p', { class: 'failed' }, error.message)))
    .finally(() => delete root.dataset.asking)
}

const root = document.querySelector<HTMLElement>('#dashboard')
if (root) {
  refresh(root)
  window.addEventListener('popstate', () => refresh(root))
}
themeButton()
