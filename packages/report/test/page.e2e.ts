import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { bundlePage } from '@platform/panels/bundle'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Collected } from '../src/collect.ts'
import { reportPage } from '../src/page/report-page.ts'
import { takeScreenshots } from '../src/screenshots.ts'
import { browserTest, colorsOf, onPage, statesOf, testContext } from './browser.ts'
import { answers, board, states } from './fixture.ts'

const inBrowser = await browserTest()

const folder = mkdtempSync(join(tmpdir(), 'report-page-'))
const file = join(folder, 'index.html')
test.after(() => rmSync(folder, { recursive: true }))

const image = { container: 'grafana', image: 'docker.io/grafana/grafana:13', imageID: 'x' }
const collected: Collected = {
  components: [
    {
      ...{ name: 'grafana', release: 'grafana-dashboard', namespace: 'monitoring', status: 'deployed', revision: 2 },
      ...{ health: 'not ready', problems: ['<i>pod</i> waits'], addresses: ['http://grafana.localhost/'] },
      images: [{ ...image, fidelity: 'stand-in', note: 'less than Grafana' }],
    },
  ],
  sections: [
    {
      ...{ id: 'limits', title: 'Limits', columns: [{ name: 'pod' }, { name: 'memory', unit: 'bytes' }] },
      rows: [{ cells: ['a', 268435456], state: 'warning' }, { cells: ['b', null] }],
    },
  ],
  grafana: {
    ...{ version: '13.0.0-stand-in', standIn: true, problems: [] },
    ...{ view: { from: 1_700_000_000, to: 1_700_001_785, step: 15, scrapeInterval: 15 } },
    boards: [{ dashboard: board, answers, panels: 13, queries: 12, errors: 1, empty: 1 }],
  },
  problems: ['a dashboard that could not be read'],
}

test.before(async () => {
  const { script, style } = await bundlePage('report')
  const settings = { CLUSTER_NAME: 'test', TARGET: 'embedded' as const }
  const head = { runId: 'x', runDirectory: 'x', target: { kind: 'embedded' as const, cluster: 'test' }, exitCode: 1 }
  const checks = [
    { name: 'holds', outcome: 'passed' as const, ms: 12 },
    { name: 'fails', outcome: 'failed' as const, ms: 12, message: 'wanted <b>', hint: 'pnpm status' },
  ]
  const verify = {
    ...{ verb: 'verify' as const, ...head, ok: false, passed: 1, failed: 1, skipped: 0 },
    units: [{ name: 'grafana', outcome: 'done' as const, checks }],
  }
  const bars = [
    { label: 'cluster', kind: 'task' as const, from: 0, to: 4000, failed: false },
    {
      ...{ label: 'grafana', kind: 'task' as const, from: 4000, to: 6000, failed: true },
      waited: { from: 0, to: 4000, on: ['cluster'] },
    },
  ]
  const timelines = [{ command: 'pnpm up all', startedAt: 1_700_000_000_000, length: 6000, bars }]
  const madeAt = new Date(1_700_001_785_000)
  writeFileSync(file, reportPage({ settings, collected, verify, timelines, script, style, madeAt }))
})

inBrowser('the report draws every panel, complains of nothing, and asks nobody', async () => {
  await onPage(async (page, said) => {
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    await page.goto(pathToFileURL(file).href)
    assert.equal(await statesOf(page), states)
    assert.equal(said, [])
    assert.equal(
      asked.filter((url) => !url.startsWith('file:') && !url.startsWith('data:')),
      [],
    )
    const text = (await page.locator('body').textContent()) ?? ''
    for (const words of ['stand-in', '<i>pod</i> waits', 'wanted <b>', 'pnpm status', 'waits for cluster', '256 MiB']) {
      assert.ok(text.includes(words), words)
    }
    assert.match(text, 'a dashboard that could not be read')
    assert.is(await page.locator('.uplot canvas').count(), 1)
  })
})

inBrowser('light and dark, by the system and by the button, show something else, and nothing is blank', async () => {
  await onPage(async (page, said) => {
    await page.goto(pathToFileURL(file).href)
    const ground = () => page.evaluate('getComputedStyle(document.body).backgroundColor')
    const light = await ground()
    assert.ok((await colorsOf(page, await page.screenshot())) > 50)
    await page.locator('#theme').click()
    const dark = await ground()
    assert.is.not(dark, light)
    assert.ok((await colorsOf(page, await page.screenshot())) > 50)
    const graph = page.locator('.uplot').first()
    assert.ok((await colorsOf(page, await graph.screenshot())) > 10, 'a graph in the dark')
    await page.locator('#theme').click()
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.reload()
    assert.is(await ground(), dark)
    assert.equal(said, [])
  })
})

inBrowser('graphs follow the width of the window', async () => {
  await onPage(async (page) => {
    await page.goto(pathToFileURL(file).href)
    const width = async () => (await page.locator('.uplot').first().boundingBox())?.width ?? 0
    const wide = await width()
    await page.setViewportSize({ width: 900, height: 700 })
    // Asked from here: the page's own policy lets no text be evaluated again and again in it.
    for (let n = 0; n < 50 && (await width()) >= wide; n++) await sleep(100)
    assert.ok((await width()) < wide)
  })
})

inBrowser('there is a screenshot of every dashboard, and of the report in light and dark', async () => {
  const { files, problems } = await takeScreenshots(file, {
    folder: join(folder, 'screenshots'),
    context: testContext(),
  })
  assert.equal(
    files.map((each) => each.slice(folder.length + 13)),
    ['report-dark.png', 'report-light.png', 'all-types.png'],
  )
  assert.match(problems[0] ?? '', /^all-types: “a heatmap”: unknown: a panel of the type heatmap/)
  assert.match(problems[1] ?? '', /^all-types: “a stat”: error: parse error/)
  assert.match(problems[2] ?? '', /^all-types: “a stat”: error: can't be drawn/)
  assert.is(problems.length, 3)
  for (const each of files) assert.ok(statSync(each).size > 5000, each)
})

test.run()
