import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { environment, loadSettings } from '@platform/core'
import { toolchainLocation } from '@platform/toolchain'
import { parseAllDocuments } from 'yaml'

const helm = join(toolchainLocation(loadSettings({ env: environment() })).bin, 'helm')

/** Helm is there after the first `pnpm up`: without it these tests can't ask anything. */
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

/** What Helm made of a chart, or what it said against the values. */
export interface RenderedChart {
  readonly objects: readonly Rendered[]
  readonly error: string
}

/** What is rendered: a chart's folder under a name in a namespace. */
export interface ChartPlace {
  readonly chart: string
  readonly release: string
  readonly namespace: string
}

const known = new Map<string, RenderedChart>()

/** `helm template` with these values. The same is rendered once in a process: Helm takes half a second of CPU. */
export function renderChart({ chart, release, namespace }: ChartPlace, values: object = {}): RenderedChart {
  const input = JSON.stringify(values)
  const words = ['template', release, chart, `--namespace=${namespace}`, '--values=-']
  const key = JSON.stringify([words, input])
  const before = known.get(key)
  if (before) return before
  const { stdout, stderr } = spawnSync(helm, words, { input, encoding: 'utf8' })
  const objects = parseAllDocuments(stdout).flatMap((document) => document.toJS() ?? [])
  const made = { objects, error: stderr }
  known.set(key, made)
  return made
}
