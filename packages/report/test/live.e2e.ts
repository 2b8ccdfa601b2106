import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, createServer as createSocket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Dashboard } from '@platform/panels'
import { ensureGoProgram } from '@platform/toolchain'
import type { Page } from 'playwright-core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { browserTest, colorsOf, onPage, statesOf, testContext } from './browser.ts'
import { board, panelOf } from './fixture.ts'

const inBrowser = await browserTest()

const password = 'for the test'
const folder = mkdtempSync(join(tmpdir(), 'report-live-'))
const asked: URL[] = []
let prometheus: Server
let standIn: ChildProcess
let address: string

/** Answers every query with three lines, and every label with two values; what is not PromQL with an error. */
function fakePrometheus(): Server {
  return createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://prometheus')
    asked.push(url)
    const { pathname, searchParams } = url
    const query = searchParams.get('query') ?? ''
    response.setHeader('content-type', 'application/json')
    if (pathname.endsWith('/values')) {
      response.end(JSON.stringify({ status: 'success', data: ['node-a', 'node-b', 'node-c'] }))
      return
    }
    if (query.includes('broken')) {
      response.statusCode = 400
      response.end(JSON.stringify({ status: 'error', errorType: 'bad_data', error: 'parse error of the test' }))
      return
    }
    const [start, end, step] = ['start', 'end', 'step'].map((name) => Number(searchParams.get(name)))
    const times = Array.from({ length: Math.floor(((end ?? 0) - (start ?? 0)) / (step || 1)) + 1 }, (_, n) => n)
    const result = query.includes('nothing')
      ? []
      : ['a', 'b', 'c'].map((job) => ({
          metric: { job },
          values: times.map((n) => [(start ?? 0) + n * (step ?? 1), String(n % 7)]),
        }))
    response.end(JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } }))
  })
}

const live: Dashboard = {
  ...board,
  links: [{ type: 'dashboards', tags: ['test'] }],
  templating: {
    list: [
      { name: 'node', type: 'query', query: 'label_values(up, node)', label: 'Node' },
      { name: 'pod', type: 'query', query: 'label_values(up, pod)', multi: true, includeAll: true, allValue: '.+' },
    ],
  },
  panels: [
    ...(board.panels ?? []).slice(0, 7),
    panelOf(12, 'timeseries', {
      targets: [{ refId: 'A', expr: `rate(up{node="$node", pod=~"$pod"}[$__rate_interval])` }],
    }),
    panelOf(13, 'stat', { targets: [{ refId: 'A', expr: 'broken(' }] }),
    panelOf(14, 'stat', { targets: [{ refId: 'A', expr: 'nothing' }] }),
    panelOf(15, 'heatmap'),
  ],
}

function write(path: string, content: string): void {
  mkdirSync(join(folder, path, '..'), { recursive: true })
  writeFileSync(join(folder, path), content)
}

async function freePort(): Promise<number> {
  const socket = createSocket()
  await new Promise<void>((resolve) => socket.listen(0, '127.0.0.1', resolve))
  const { port } = socket.address() as AddressInfo
  await new Promise((resolve) => socket.close(resolve))
  return port
}

test.before(async () => {
  const context = testContext()
  const program = await ensureGoProgram({ folder: 'packages/grafana/stand-in', program: '.' }, context)
  prometheus = fakePrometheus()
  await new Promise<void>((resolve) => prometheus.listen(0, '127.0.0.1', resolve))
  const { port } = prometheus.address() as AddressInfo
  const datasource = { name: 'Prometheus', uid: 'prometheus', type: 'prometheus', url: `http://127.0.0.1:${port}` }
  write(
    'provisioning/datasources/one.yaml',
    JSON.stringify({ apiVersion: 1, datasources: [{ ...datasource, isDefault: true }] }),
  )
  const provider = { name: 'ours', type: 'file', options: { path: join(folder, 'boards') } }
  write('provisioning/dashboards/one.yaml', JSON.stringify({ apiVersion: 1, providers: [provider] }))
  write('boards/live.json', JSON.stringify({ ...live, tags: ['test'] }))
  write('boards/other.json', JSON.stringify({ uid: 'other', title: 'The other one', tags: ['test'], panels: [] }))
  write('boards/broken.json', '{"uid": "broken"')
  const own = await freePort()
  address = `http://127.0.0.1:${own}`
  standIn = spawn(program, [], {
    stdio: 'ignore',
    env: {
      ...{ GF_PATHS_PROVISIONING: join(folder, 'provisioning'), GF_PATHS_DATA: join(folder, 'data') },
      ...{ GF_SECURITY_ADMIN_PASSWORD: password, GF_SERVER_HTTP_ADDR: '127.0.0.1', GF_SERVER_HTTP_PORT: String(own) },
    },
  })
  for (let tries = 0; ; tries++) {
    const answer = await fetch(`${address}/api/health`).catch(() => undefined)
    if (answer?.ok) break
    if (tries > 100) throw new Error('the stand-in does not answer')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
})

test.after(() => {
  standIn?.kill()
  prometheus?.close()
  rmSync(folder, { recursive: true, force: true })
})

async function logIn(page: Page, path: string): Promise<void> {
  await page.goto(`${address}${path}`)
  await page.locator('input[name=user]').fill('admin')
  await page.locator('input[name=password]').fill(password)
  await page.locator('button[type=submit]').click()
  await page.locator('body[data-ready=yes]').waitFor()
}

/** The newest query over a range that has the metric in it. */
function lastQuery(): URLSearchParams | undefined {
  return asked.findLast(
    ({ pathname, searchParams }) => pathname.endsWith('query_range') && searchParams.get('query')?.startsWith('rate'),
  )?.searchParams
}

inBrowser('who is not logged in logs in first, and gets to the page that was asked for', async () => {
  await onPage(async (page, said) => {
    await logIn(page, '/d/all-types?from=now-15m&to=now')
    assert.is(new URL(page.url()).pathname, '/d/all-types')
    assert.match((await page.locator('.banner').textContent()) ?? '', /Stand-in for Grafana/)
    const drawn = Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 12].map((id) => [String(id), 'drawn']))
    assert.equal(await statesOf(page), { ...drawn, 13: 'error', 14: 'empty', 15: 'unknown' })
    assert.match((await page.locator('[data-panel="13"]').textContent()) ?? '', /parse error of the test/)
    assert.ok((await colorsOf(page, await page.screenshot())) > 50)
    // The browser tells of the answer 400 to the broken query; of nothing else.
    assert.equal(
      said.filter((line) => !line.includes('400')),
      [],
    )
    const links = await page.locator('nav.links a').allTextContents()
    assert.equal(links, ['The other one'])
  })
})

inBrowser('range and variables change what is asked, and stand in the address', async () => {
  await onPage(async (page) => {
    await logIn(page, '/d/all-types?from=now-15m&to=now&var-node=node-b')
    const query = () => lastQuery()?.get('query')
    const length = () => Number(lastQuery()?.get('end')) - Number(lastQuery()?.get('start'))
    assert.is(query(), 'rate(up{node="node-b", pod=~".+"}[60s])')
    assert.is(length(), 900)

    await page.locator('select[name=var-node]').selectOption('node-c')
    await page.locator('body[data-ready=yes]').waitFor()
    assert.is(query(), 'rate(up{node="node-c", pod=~".+"}[60s])')
    assert.is(new URL(page.url()).searchParams.get('var-node'), 'node-c')

    const pods = page.locator('details[data-name=var-pod]')
    await pods.locator('summary').click()
    await pods.getByLabel('node-a').check()
    await pods.getByLabel('node-c').check()
    await page.locator('h1').click()
    await page.waitForURL(/var-pod/)
    await page.locator('body[data-ready=yes]').waitFor()
    assert.is(query(), 'rate(up{node="node-c", pod=~"(node-a|node-c)"}[60s])')
    assert.equal(new URL(page.url()).searchParams.getAll('var-pod'), ['node-a', 'node-c'])

    await page.locator('select[name=range]').selectOption('now-3h')
    await page.locator('body[data-ready=yes]').waitFor()
    assert.is(length(), 3 * 3600)
    assert.is(new URL(page.url()).searchParams.get('from'), 'now-3h')

    await page.goBack()
    await page.waitForURL(/from=now-15m/)
    await page.locator('body[data-ready=yes]').waitFor()
    assert.is(length(), 900)
  })
})

inBrowser('the list leads to the dashboards, and one that is no JSON takes nothing with it', async () => {
  await onPage(async (page, said) => {
    await logIn(page, '/d/other')
    await page.goto(address)
    assert.equal(await page.locator('article a').allTextContents(), ['All types', 'The other one'])
    await page.locator('article a').first().click()
    await page.locator('body[data-ready=yes]').waitFor()
    assert.match(page.url(), /\/d\/all-types\//)
    await page.goto(`${address}/d/nowhere`)
    assert.match((await page.locator('body').textContent()) ?? '', /Dashboard not found/)
    assert.equal(
      said.filter((line) => !/40[04]/.test(line)),
      [],
    )
  })
})

test.run()
