import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { environment, loadSettings } from '@platform/core'
import { toolchainLocation } from '@platform/toolchain'
import { parseAllDocuments } from 'yaml'

const chart = fileURLToPath(new URL('../../chart', import.meta.url))
const helm = join(toolchainLocation(loadSettings({ env: environment() })).bin, 'helm')

/** Helm is built by the first `pnpm up`: without it these tests can't ask anything. */
export const hasHelm = existsSync(helm)

/** The files of a ConfigMap in what `helm template` makes of these values. */
export function renderedFiles(values: object, configMap: string): Readonly<Record<string, string>> {
  const words = ['template', 'prometheus', chart, '--namespace=monitoring', '--values=-']
  const { stdout, stderr } = spawnSync(helm, words, { input: JSON.stringify(values), encoding: 'utf8' })
  const objects = parseAllDocuments(stdout).map((document) => document.toJS())
  const found = objects.find((each) => each?.kind === 'ConfigMap' && each.metadata.name === configMap)
  if (!found) throw new Error(`no ConfigMap ${configMap}: ${stderr}`)
  return found.data
}
