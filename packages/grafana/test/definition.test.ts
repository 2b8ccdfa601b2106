import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { checks } from '../src/checks.ts'
import { drills } from '../src/drills.ts'
import { grafana } from '../src/images.ts'

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
const tag = grafana.upstream.split(':').pop()

test('the chart runs the image that is defined', () => {
  assert.is(parse(read('chart/values.yaml')).images.grafana, grafana.upstream)
  assert.is(parse(read('chart/Chart.yaml')).appVersion, tag)
})

test('the stand-in says what it stands in for', () => {
  assert.match(read('stand-in/main.go'), `standsInFor = "${tag}"`)
})

test('every check is caught failing by a mutation', () => {
  const caught = drills.flatMap((drill) => (drill.kind === 'mutation' ? [drill.caughtBy] : []))
  assert.equal(
    checks.map(({ id }) => id).filter((id) => !caught.includes(id)),
    [],
  )
  assert.equal(
    caught.filter((id) => !checks.some((check) => check.id === id)),
    [],
  )
})

test('ids are unique', () => {
  for (const list of [checks, drills]) assert.is(new Set(list.map(({ id }) => id)).size, list.length)
})

test.run()
