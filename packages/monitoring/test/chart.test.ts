import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { images } from '../src/images.ts'

const test = suite('monitoring chart')
const read = (file: string) => readFileSync(new URL(`../chart/${file}`, import.meta.url), 'utf8')
const values = parse(read('values.yaml'))
const validate = new Ajv({ allowUnionTypes: true }).compile(JSON.parse(read('values.schema.json')))
const camel = (name: string) => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())

test('image references match the image definitions', () => {
  assert.equal(values.images, Object.fromEntries(images.map(({ name, upstream }) => [camel(name), upstream])))
})

test('default values are valid against the schema', () => {
  assert.ok(validate(values), JSON.stringify(validate.errors))
})

const invalid: [name: string, change: (values: ReturnType<typeof parse>) => void, path: string][] = [
  ['an unknown key', (v) => Object.assign(v, { sever: {} }), ''],
  ['an unknown nested key', (v) => Object.assign(v.server.retention, { days: 3 }), '/server/retention'],
  ['an unknown value of scrape.pods', (v) => Object.assign(v.scrape, { pods: 'some' }), '/scrape/pods'],
  ['a string for a boolean', (v) => Object.assign(v.compatibility, { oldLabels: 'yes' }), '/compatibility/oldLabels'],
  ['a duration without a unit', (v) => Object.assign(v.server.retention, { time: '15' }), '/server/retention/time'],
  ['a size in Kubernetes units', (v) => Object.assign(v.server.retention, { size: '6Gi' }), '/server/retention/size'],
  ['an Ingress without a host', (v) => Object.assign(v.server.ingress, { hosts: [] }), '/server/ingress/hosts'],
  ['an invalid port', (v) => Object.assign(v.scrape.coredns, { port: 0 }), '/scrape/coredns/port'],
  [
    'an invalid memory quantity',
    (v) => Object.assign(v.server.resources.limits, { memory: '1 GB' }),
    '/server/resources/limits/memory',
  ],
]

for (const [name, change, path] of invalid) {
  test(`the schema rejects ${name}`, () => {
    const changed = structuredClone(values)
    change(changed)
    assert.not(validate(changed))
    assert.is(validate.errors?.[0]?.instancePath, path)
  })
}

test('every top-level value has a comment', () => {
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
