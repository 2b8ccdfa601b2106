import { answersByPanel, askDashboard, type PrometheusApi } from '../ask.ts'
import type { Dashboard } from '../model/dashboard.ts'
import { moment, viewOf } from '../model/time.ts'
import type { ResolvedVariable } from '../model/variables.ts'
import { element } from './element.ts'
import { layOut } from './grid.ts'
import { drawPanel } from './panel.ts'

const ranges = ['now-5m', 'now-15m', 'now-1h', 'now-3h', 'now-12h', 'now-1d', 'now-7d']

/** Prometheus through the datasource proxy of Grafana's API. */
const prometheus: PrometheusApi = {
  async get<T>(path: string): Promise<T> {
    const answer = await fetch(`/api/datasources/proxy/uid/prometheus/api/v1/${path}`)
    const body = (await answer.json().catch(() => ({}))) as { status?: string; data?: T; error?: string }
    if (body.status !== 'success') throw new Error(body.error ?? `HTTP ${answer.status}`)
    return body.data as T
  },
}

/** The page's address holds what is chosen, with Grafana's own names: `from`, `to`, `var-<name>`. */
function wanted(address: URLSearchParams): Record<string, string[]> {
  const names = [...address.keys()].filter((key) => key.startsWith('var-'))
  return Object.fromEntries(names.map((key) => [key.slice(4), address.getAll(key)]))
}

function change(edit: (address: URLSearchParams) => void): void {
  const address = new URLSearchParams(location.search)
  edit(address)
  history.replaceState(null, '', `?${address}`)
  void show()
}

function controls(resolved: readonly ResolvedVariable[], address: URLSearchParams, from: string): HTMLElement {
  const range = element(
    'select',
    { name: 'range' },
    ...ranges.map((each) => element('option', { value: each, selected: each === from }, each.slice(4))),
  )
  range.addEventListener('change', () => change((each) => each.set('from', (range as HTMLSelectElement).value)))
  const again = element('button', {}, 'refresh')
  again.addEventListener('click', () => void show())
  const selects = resolved
    .filter(({ variable }) => variable.hide !== 2)
    .map(({ variable: { name, label, includeAll }, options, choice }) => {
      const everything = includeAll && choice.values.length === options.length && !address.has(`var-${name}`)
      const all = includeAll ? [element('option', { value: '$__all', selected: everything }, 'All')] : []
      const each = options.map((value) =>
        element('option', { value, selected: !everything && choice.values.includes(value) }, value),
      )
      const select = element('select', { name: `var-${name}` }, ...all, ...each) as HTMLSelectElement
      select.addEventListener('change', () => change((into) => into.set(`var-${name}`, select.value)))
      return element('label', {}, label || name, select)
    })
  return element('div', { class: 'controls' }, element('label', {}, 'last', range), ...selects, again)
}

async function show(): Promise<void> {
  const root = document.querySelector('#dashboard')
  if (!root) return
  const uid = location.pathname.split('/')[2] ?? ''
  const { dashboard } = (await (await fetch(`/api/dashboards/uid/${uid}`)).json()) as { dashboard: Dashboard }
  const address = new URLSearchParams(location.search)
  const now = Date.now() / 1000
  const from = address.get('from') ?? dashboard.time?.from ?? 'now-1h'
  const view = viewOf(Math.floor(moment(from, now)), Math.floor(moment(address.get('to') ?? 'now', now)))
  const asked = await askDashboard(prometheus, dashboard, view, { wanted: wanted(address), together: 6 })
  const answers = answersByPanel(asked)
  const { grid, placed } = layOut(dashboard)
  root.replaceChildren(element('h1', {}, dashboard.title), controls(asked.resolved, address, from), grid)
  for (const { panel, box } of placed) drawPanel(box, panel, answers[String(panel.id)] ?? [])
  document.body.dataset.ready = 'yes'
}

void show().catch((error: Error) => {
  document.querySelector('#dashboard')?.replaceChildren(element('p', { class: 'failed' }, error.message))
})
