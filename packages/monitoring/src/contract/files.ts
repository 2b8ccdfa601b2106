import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageFolders } from '@platform/core'
import type { Contract, ContractFile } from './types.ts'

const fileName = 'metrics.json'

/** Reads packages/<component>/metrics.json of a checkout. */
export function readContract(root: string): Contract {
  const found = packageFolders(root)
    .map(({ name, directory }) => ({ name, file: join(directory, fileName) }))
    .filter(({ file }) => existsSync(file))
  return Object.fromEntries(
    found.map(({ name, file }) => [name, JSON.parse(readFileSync(file, 'utf8')) as ContractFile]),
  )
}

/** The text of a file, with one metric and its labels per line. */
export function contractText({ jobs, seldom }: ContractFile): string {
  const blocks = Object.entries(jobs).map(([job, names]) => {
    const lines = Object.entries(names).map(
      ([name, labels]) => `      ${JSON.stringify(name)}: [${labels.map((label) => JSON.stringify(label)).join(', ')}]`,
    )
    return `    ${JSON.stringify(job)}: {\n${lines.join(',\n')}\n    }`
  })
  const rare = seldom.length ? `[\n${seldom.map((name) => `    ${JSON.stringify(name)}`).join(',\n')}\n  ]` : '[]'
  return `{\n  "jobs": {\n${blocks.join(',\n')}\n  },\n  "seldom": ${rare}\n}\n`
}

/** Writes all files, and deletes those of components of which no metric is needed. Returns the paths. */
export function writeContract(root: string, contract: Contract): string[] {
  for (const old of Object.keys(readContract(root))) {
    if (!contract[old]) rmSync(join(root, 'packages', old, fileName))
  }
  return Object.entries(contract).map(([component, file]) => {
    const path = join('packages', component, fileName)
    writeFileSync(join(root, path), contractText(file))
    return path
  })
}
