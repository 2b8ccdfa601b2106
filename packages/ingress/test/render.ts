import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { environment, loadSettings } from '@platform/core'
import { toolchainLocation } from '@platform/toolchain'
import { parse, parseAllDocuments } from 'yaml'

const chart = fileURLToPath(new URL('../chart', import.meta.url))
const helm = join(toolchainLocation(loadSettings({ env: environment() })).bin, 'helm')

/** Helm is built by the first `pnpm up`: without it these tests can't ask anything. */
export const hasHelm = existsSync(helm)

/** A file of the chart, or of the overlays. */
export const readYaml = (file: string) => parse(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'))

// biome-ignore lint/suspicious/noExplicitAny: objects of every kind, read field by field
export type Rendered = any

/** What `helm template` makes of these values, or what it says against them. */
export function render(values: object = {}): { objects: readonly Rendered[]; error: string } {
  const words = ['template', 'traefik-ingress', chart, '--namespace=kube-system', '--values=-']
  const { stdout, stderr } = spawnSync(helm, words, { input: JSON.stringify(values), encoding: 'utf8' })
  return { objects: parseAllDocuments(stdout).map((document) => document.toJS()), error: stderr }
}

/** The object of this kind and name in what these values make. */
export function rendered(values: object, kind: string, name = 'traefik-ingress'): Rendered {
  const { objects, error } = render(values)
  const found = objects.find((each) => each?.kind === kind && each.metadata.name === name)
  if (!found) throw new Error(`no ${kind} ${name} ${error}`)
  return found
}
