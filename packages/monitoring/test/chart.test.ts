import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { images } from '../src/images.ts'

const test = suite('chart of monitoring')
const read = (file: string) => readFileSync(new URL(`../chart/${file}`, import.meta.url), 'utf8')
const values = parse(read('values.yaml'))
const validate = new Ajv({ allowUnionTypes: true }).compile(JSON.parse(read('values.schema.json')))
const camel = (name: string) => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())

test('its images are those of the definitions', () => {
  assert.equal(values.images, Object.fromEntries(images.map(({ name, upstream }) => [camel(name), upstream])))
})

test('its own values fit its schema', () => {
  assert.ok(validate(values), JSON.stringify(validate.errors))
})

const wrong: [name: string, change: (values: ReturnType<typeof parse>) => void, path: string][] = [
  ['a key that there is not', (v) => Object.assign(v, { sever: {} }), ''],
  ['a key that there is not, deep in it', (v) => Object.assign(v.server.retention, { days: 3 }), '/server/retention'],
  ['a reading of pods that there is not', (v) => Object.assign(v.scrape, { pods: 'some' }), '/scrape/pods'],
  ['a switch that is a word', (v) => Object.assign(v.compatibility, { oldLabels: 'yes' }), '/compatibility/oldLabels'],
  ['a time without a unit', (v) => Object.assign(v.server.retention, { time: '15' }), '/server/retention/time'],
  ['a size in Kubernetes’ units', (v) => Object.assign(v.server.retention, { size: '6Gi' }), '/server/retention/size'],
  ['a page without a host', (v) => Object.assign(v.server.ingress, { hosts: [] }), '/server/ingress/hosts'],
  ['a port that is none', (v) => Object.assign(v.scrape.coredns, { port: 0 }), '/scrape/coredns/port'],
  [
    'memory that is no quantity',
    (v) => Object.assign(v.server.resources.limits, { memory: '1 GB' }),
    '/server/resources/limits/memory',
  ],
]

for (const [name, change, path] of wrong) {
  test(`its schema refuses ${name}`, () => {
    const changed = structuredClone(values)
    change(changed)
    assert.not(validate(changed))
    assert.is(validate.errors?.[0]?.instancePath, path)
  })
}

test('each value is documented', () => {
  const lines = read('values.yaml').split('\n')
  const tops = Object.keys(values).filter(
    (key) => !['server', 'alertmanager', 'nodeExporter', 'kubeStateMetrics'].includes(key),
  )
  for (const top of tops) {
    const at = lines.indexOf(`${top}:`)
    const around = lines.slice(Math.max(0, at - 2), at + 4).join('\n')
    assert.match(around, /#/, top)
  }
})

test.run()
