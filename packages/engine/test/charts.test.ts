import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { repositoryRoot } from '@platform/core'
import type { ImageDefinition } from '@platform/images'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'

const test = suite('charts of all components')

const packages = join(repositoryRoot, 'packages')
const charts = readdirSync(packages).filter((name) => existsSync(join(packages, name, 'chart', 'Chart.yaml')))
const read = (name: string, file: string) => readFileSync(join(packages, name, 'chart', file), 'utf8')
const camel = (name: string) => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())

/** The paths of objects with properties that allow additional ones. Maps have no properties. */
function open(schema: unknown, path = ''): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  const { type, properties, additionalProperties } = schema as Record<string, unknown>
  const below = Object.entries(schema).flatMap(([key, value]) => open(value, `${path}/${key}`))
  const isOpen = additionalProperties === undefined || additionalProperties === true
  return type === 'object' && properties !== undefined && isOpen && !FREE.test(path) ? [path, ...below] : below
}

/** Objects that Kubernetes defines. */
const FREE = /\/(resources|annotations|nodeSelector|affinity|tolerations)$/

test('there are at least four', () => assert.ok(charts.length >= 4, charts.join()))

for (const name of charts) {
  const values = parse(read(name, 'values.yaml'))

  test(`${name}: values.images has the image definitions, by name`, async () => {
    const file = pathToFileURL(join(packages, name, 'src/images.ts')).href
    const { images } = (await import(file)) as { images: readonly ImageDefinition[] }
    assert.equal(values.images, Object.fromEntries(images.map((image) => [camel(image.name), image.upstream])))
  })

  test(`${name}: accepts the global values`, () => {
    assert.equal(values.global, { images: {}, target: 'context' })
  })

  test(`${name}: has no dependencies`, () => {
    const chart = parse(read(name, 'Chart.yaml'))
    assert.is(chart.apiVersion, 'v2')
    assert.is(chart.version, '0.1.0')
    assert.is(chart.dependencies, undefined)
  })

  test(`${name}: the schema rejects unknown keys`, () => {
    const schema = JSON.parse(read(name, 'values.schema.json'))
    assert.is(schema.$schema, 'http://json-schema.org/draft-07/schema#')
    assert.is(schema.additionalProperties, false)
    assert.equal(open(schema), [])
  })
}

test.run()
