import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { repositoryRoot } from '@platform/core'
import { commonTag } from '@platform/dashboards'
import { allPanels, type Dashboard, knownUnits, queryPanels, queryText, referredVariables } from '@platform/panels'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

/** The dashboards of monitoring: those of the guide, and those on Prometheus and Alertmanager. */
const expectedUids = [
  'alertmanager',
  'applications',
  'containers',
  'cost',
  'kubernetes-cluster',
  'kubernetes-usage',
  'limits',
  'namespaces',
  'nodes',
  'pods',
  'prometheus',
  'workloads',
]

/** The types of panels with queries that @platform/panels renders. */
const rendered = ['timeseries', 'stat', 'gauge', 'bargauge', 'piechart', 'table']

interface Loaded {
  readonly file: string
  readonly dashboard: Dashboard
}

async function load(component: string): Promise<Loaded[]> {
  const folder = join(repositoryRoot, 'packages', component, 'src/dashboards')
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.expected.ts'))
  return Promise.all(
    files.sort().map(async (file) => {
      const module = (await import(pathToFileURL(join(folder, file)).href)) as { dashboard: Dashboard }
      return { file, dashboard: module.dashboard }
    }),
  )
}

const own = await load('monitoring')
const others = [...(await load('grafana')), ...(await load('ingress')), ...(await load('storage'))]
const all = [...own, ...others]

const queries = (dashboard: Dashboard) =>
  queryPanels(dashboard).flatMap(({ targets }) => targets.map(({ expr }) => expr))

/** Names removed in Kubernetes 1.16, kube-state-metrics 2, node_exporter 0.16 and Traefik 2. */
const removed =
  /\b(container_name|pod_name)\b|kube_pod_container_resource_(requests|limits)_(cpu|memory)|kube_node_status_(capacity|allocatable)_|node_(cpu|filesystem_(size|avail|free))\{|node_memory_\w+(?<!_bytes)\{|node_network_(receive|transmit)_bytes\{|traefik_backend_/

/** Each rule returns its violations in a dashboard. */
const rules: Readonly<Record<string, (loaded: Loaded) => readonly unknown[]>> = {
  'the file is named by its uid': ({ file, dashboard }) => (file === `${dashboard.uid}.ts` ? [] : [dashboard.uid]),
  'it has 8 to 25 panels': ({ dashboard }) => {
    const { length } = allPanels(dashboard)
    return length >= 8 && length <= 25 ? [] : [length]
  },
  'every panel has a description that ends with a full stop': ({ dashboard }) =>
    allPanels(dashboard).filter(({ panel }) => !panel.description || !/[.!?]$/.test(panel.description)),
  'panel titles are unique': ({ dashboard }) => {
    const titles = allPanels(dashboard).map(({ panel }) => panel.title)
    return titles.filter((title, n) => titles.indexOf(title) !== n)
  },
  'panel ids are unique': ({ dashboard }) => {
    const ids = (dashboard.panels ?? []).map(({ id }) => id)
    return ids.filter((id, n) => id === undefined || ids.indexOf(id) !== n)
  },
  'every panel type can be rendered': ({ dashboard }) =>
    allPanels(dashboard).filter(({ panel }) => !rendered.includes(panel.type)),
  'every unit is known': ({ dashboard }) =>
    allPanels(dashboard)
      .flatMap(({ panel: { fieldConfig } }) => [
        fieldConfig?.defaults?.unit,
        ...(fieldConfig?.overrides ?? []).flatMap(({ properties }) =>
          properties.flatMap(({ id, value }) => (id === 'unit' ? [String(value)] : [])),
        ),
      ])
      .filter((unit) => !unit || !knownUnits.includes(unit)),
  'every used variable is defined': ({ dashboard }) => {
    const variables = dashboard.templating?.list ?? []
    const known = variables.map(({ name }) => name)
    const used = [...queries(dashboard), ...variables.map(queryText)].flatMap(referredVariables)
    return used.filter((name) => !known.includes(name))
  },
  'every defined variable is used': ({ dashboard }) => {
    const variables = dashboard.templating?.list ?? []
    const used = [...queries(dashboard), ...variables.map(queryText)].flatMap(referredVariables)
    return variables.filter(({ name }) => !used.includes(name))
  },
  'a variable refers only to earlier ones': ({ dashboard }) =>
    (dashboard.templating?.list ?? []).filter((variable, n, list) =>
      referredVariables(queryText(variable)).some((name) => list.findIndex((each) => each.name === name) >= n),
    ),
  'rates use $__rate_interval in range queries and 2m in instant queries': ({ dashboard }) =>
    queryPanels(dashboard).flatMap(({ targets }) =>
      targets.filter(
        ({ expr, instant }) => /\bi?rate\(/.test(expr) && !expr.includes(instant ? '[2m]' : '[$__rate_interval]'),
      ),
    ),
  'no metric or label has a removed name': ({ dashboard }) => queries(dashboard).filter((expr) => removed.test(expr)),
  'brackets and quotes are balanced': ({ dashboard }) =>
    queries(dashboard).filter(
      (expr) =>
        (expr.match(/"/g)?.length ?? 0) % 2 !== 0 ||
        ['()', '{}', '[]'].some(([open = '', close = '']) => expr.split(open).length !== expr.split(close).length),
    ),
  'it links to other dashboards by tag, and each link has results': ({ dashboard }) => {
    const links = dashboard.links ?? []
    const broken = links.filter(
      ({ tags = [] }) =>
        !all.some(
          ({ dashboard: other }) => other.uid !== dashboard.uid && tags.every((tag) => other.tags?.includes(tag)),
        ),
    )
    return links.some(({ tags }) => tags?.includes(commonTag)) ? broken : ['no link to all dashboards']
  },
}

/** The overview may have more panels. */
const exempt: Readonly<Record<string, string>> = { 'cluster-overview': 'it has 8 to 25 panels' }

for (const loaded of all) {
  for (const [name, violations] of Object.entries(rules)) {
    if (exempt[loaded.dashboard.uid ?? ''] === name) continue
    test(`${loaded.dashboard.uid}: ${name}`, () => assert.equal(violations(loaded), []))
  }
}

test('all dashboards exist', () => {
  assert.equal(
    own.map(({ dashboard }) => dashboard.uid),
    expectedUids,
  )
})

test('uids are unique', () => {
  const uids = all.map(({ dashboard }) => dashboard.uid)
  assert.equal(new Set(uids).size, uids.length)
})

test('docs/dashboards.md names every dashboard, and only existing panels', () => {
  // Table cells are padded with spaces.
  const page = readFileSync(join(repositoryRoot, 'docs/dashboards.md'), 'utf8').replaceAll(/ +\|/g, ' |')
  const cells = page.split('\n').flatMap((line) => line.split(' | '))
  const named = cells.flatMap((cell) => [...cell.matchAll(/\*\*([a-z-]+)\*\*: (.*?)(?= \*\*| \||$)/g)])
  const missing = named.flatMap(([, uid, titles = '']) => {
    const board = all.find(({ dashboard }) => dashboard.uid === uid)?.dashboard
    const existing = board ? allPanels(board).map(({ panel }) => panel.title) : []
    return titles.split('; ').flatMap((title) => (existing.includes(title) ? [] : [`${uid}: ${title}`]))
  })
  assert.equal(missing, [])
  assert.ok(named.length > 40)
  assert.equal(
    all.filter(({ dashboard }) => !page.includes(`| \`${dashboard.uid}\` |`)).map(({ file }) => file),
    [],
  )
})

test('the dashboard limits preselects MySQL', () => {
  const limits = own.find(({ dashboard }) => dashboard.uid === 'limits')?.dashboard
  const container = limits?.templating?.list?.find(({ name }) => name === 'container')
  assert.equal(container?.current?.value, ['mysql-release'])
})

test('prices are text box variables', () => {
  const cost = own.find(({ dashboard }) => dashboard.uid === 'cost')?.dashboard
  const price = cost?.templating?.list?.find(({ name }) => name === 'core_hour')
  assert.is(price?.type, 'textbox')
  assert.ok(Number(queryText(price ?? { name: '', type: '' })) > 0)
})

test.run()
