import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { environment, loadSettings } from '@platform/core'
import { toolchainLocation } from '@platform/toolchain'
import { parseAllDocuments } from 'yaml'

const chart = fileURLToPath(new URL('../chart', import.meta.url))
const helm = join(toolchainLocation(loadSettings({ env: environment() })).bin, 'helm')

/** Helm is built by the first `pnpm up`: without it these tests can't ask anything. */
export const hasHelm = existsSync(helm)

export interface Rendered {
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly annotations?: Record<string, string>
    readonly labels: Record<string, string>
  }
  // biome-ignore lint/suspicious/noExplicitAny: objects of every kind, read field by field
  readonly [field: string]: any
}

/** What `helm template` makes of these values, or what it says against them. */
export function render(values: object = {}): { objects: Rendered[]; error: string } {
  const words = ['template', 'grafana-dashboard', chart, '--namespace=monitoring', '--values=-']
  const { stdout, stderr } = spawnSync(helm, words, { input: JSON.stringify(values), encoding: 'utf8' })
  const objects = parseAllDocuments(stdout).map((document) => document.toJS())
  return { objects: objects.filter(Boolean), error: stderr }
}

/** The object of this kind, and name where there are several. */
export function find(objects: readonly Rendered[], kind: string, name = 'grafana-dashboard'): Rendered {
  const found = objects.find((each) => each.kind === kind && each.metadata.name === name)
  if (!found) throw new Error(`no ${kind} ${name}`)
  return found
}
