import type { Dashboard } from '../model/dashboard.ts'
import { everything, type ResolvedVariable } from '../model/variables.ts'
import { element } from './element.ts'

/** As Grafana offers them. */
const ranges = ['now-5m', 'now-15m', 'now-30m', 'now-1h', 'now-3h', 'now-6h', 'now-12h', 'now-24h', 'now-2d', 'now-7d']

/** What the controls of a dashboard show, and whom they tell. */
export interface Controls {
  readonly resolved: readonly ResolvedVariable[]
  readonly address: URLSearchParams
  readonly from: string
  readonly to: string
  change(edit: (into: URLSearchParams) => void): void
  again(): void
}

/** Time range and variables; what is chosen goes into the page's address. */
export function controls({ resolved, address, from, to, change, again }: Controls): HTMLElement {
  const refresh = element('button', { type: 'button', name: 'refresh' }, 'refresh')
  refresh.addEventListener('click', again)
  const shown = resolved.filter(({ variable }) => variable.hide !== 2 && variable.type !== 'constant')
  return element(
    'div',
    { class: 'controls' },
    rangeControl(from, to, change),
    ...shown.map((each) => variableControl(each, address, change)),
    refresh,
  )
}

function rangeControl(from: string, to: string, change: Controls['change']): HTMLElement {
  const known = to === 'now' && ranges.includes(from)
  const own = known ? [] : [element('option', { value: '', selected: true }, `${shownTime(from)} to ${shownTime(to)}`)]
  const options = ranges.map((each) =>
    element('option', { value: each, selected: known && each === from }, each.slice(4)),
  )
  const select = element('select', { name: 'range' }, ...own, ...options) as HTMLSelectElement
  select.addEventListener('change', () => {
    if (!select.value) return
    change((into) => {
      into.set('from', select.value)
      into.set('to', 'now')
    })
  })
  return element('label', {}, known ? 'last' : 'from', select)
}

/** Grafana's addresses have milliseconds since 1970, or `now-1h`. */
function shownTime(text: string): string {
  return /^\d+$/.test(text) ? new Date(Number(text)).toISOString().slice(0, 16).replace('T', ' ') : text
}

function variableControl(
  { variable, options, choice }: ResolvedVariable,
  address: URLSearchParams,
  change: Controls['change'],
): HTMLElement {
  const { name, label, includeAll, multi, type } = variable
  const asked = address.getAll(`var-${name}`)
  const all =
    Boolean(includeAll) && (asked.length ? asked.includes(everything) : choice.values.length === options.length)
  const set = (values: readonly string[]) =>
    change((into) => {
      into.delete(`var-${name}`)
      for (const value of values) into.append(`var-${name}`, value)
    })
  if (type === 'textbox') {
    const input = element('input', { name: `var-${name}`, value: choice.values[0] ?? '' }) as HTMLInputElement
    input.addEventListener('change', () => set([input.value]))
    return element('label', {}, label || name, input)
  }
  if (multi) return severalControl({ name: label || name, id: `var-${name}`, options, all, includeAll, choice }, set)
  const everyone = includeAll ? [element('option', { value: everything, selected: all }, 'All')] : []
  const each = options.map((value) =>
    element('option', { value, selected: !all && choice.values.includes(value) }, value),
  )
  // What the address asks for may be gone by now: it is shown as what it is all the same.
  const gone = all ? [] : choice.values.filter((value) => !options.includes(value))
  const old = gone.map((value) => element('option', { value, selected: true }, `${value} (no data)`))
  const select = element('select', { name: `var-${name}` }, ...everyone, ...old, ...each) as HTMLSelectElement
  select.addEventListener('change', () => set([select.value]))
  return element('label', {}, label || name, select)
}

interface Several {
  readonly name: string
  readonly id: string
  readonly options: readonly string[]
  readonly all: boolean
  readonly includeAll: boolean | undefined
  readonly choice: ResolvedVariable['choice']
}

/** Several values: a list of boxes that opens, and is asked when it closes. */
function severalControl(
  { name, id, options, all, includeAll, choice }: Several,
  set: (values: readonly string[]) => void,
): HTMLElement {
  const boxOf = (value: string, text: string, checked: boolean) =>
    element('label', {}, element('input', { type: 'checkbox', value, checked }), text)
  const boxes = [
    ...(includeAll ? [boxOf(everything, 'All', all)] : []),
    ...options.map((value) => boxOf(value, value, !all && choice.values.includes(value))),
  ]
  const said = all ? 'All' : choice.values.join(' + ') || 'none'
  const list = element('div', { class: 'several' }, ...boxes)
  const details = element('details', { class: 'variable', 'data-name': id }, element('summary', {}, said), list)
  let touched = false
  list.addEventListener('change', ({ target }) => {
    touched = true
    const box = target as HTMLInputElement
    for (const other of list.querySelectorAll('input')) {
      // All, or some: one takes the other away.
      if (box.checked && (box.value === everything) !== (other.value === everything)) other.checked = false
    }
  })
  details.addEventListener('toggle', () => {
    if ((details as HTMLDetailsElement).open || !touched) return
    const chosen = [...list.querySelectorAll('input')].filter(({ checked }) => checked).map(({ value }) => value)
    set(chosen.length ? chosen : [everything])
  })
  document.addEventListener('click', ({ target }) => {
    if (!details.contains(target as Node)) (details as HTMLDetailsElement).open = false
  })
  return element('div', { class: 'choice' }, element('span', {}, name), details)
}

/** Links of a dashboard to others, by their tags or by their addresses. */
export async function dashboardLinks(
  { uid, links = [] }: Dashboard,
  get: (path: string) => Promise<unknown>,
): Promise<HTMLElement> {
  const found = await Promise.all(
    links.map(async ({ type, title, url, tags = [] }) => {
      if (type !== 'dashboards') return url ? [{ uid: '', title: title ?? url, url }] : []
      const query = tags.map((tag) => `&tag=${encodeURIComponent(tag)}`).join('')
      return (await get(`/api/search?type=dash-db${query}`)) as readonly { uid: string; title: string; url: string }[]
    }),
  )
  const others = found.flat().filter((each) => each.uid !== uid && /^(\/|https?:)/.test(each.url))
  // One that has several of the tags is one all the same.
  const each = [...new Map(others.map((other) => [other.url, other])).values()]
  return element('nav', { class: 'links' }, ...each.map(({ title, url }) => element('a', { href: url }, title)))
}
