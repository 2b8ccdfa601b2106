import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isAlive, processStart } from '@platform/core'
import { removeTree } from './entry.ts'
import type { Places } from './places.ts'

/** Makes an empty folder for `name` that says in its own name whose it is. */
export function makeTemporary(places: Places, name: string): string {
  const folder = join(places.temporary, `${name}.${process.pid}.${processStart(process.pid)?.replace(':', '.')}`)
  removeTree(folder)
  mkdirSync(folder, { recursive: true })
  return folder
}

/** Removes what builders left that were killed. */
export function removeStaleTemporaries(places: Places): void {
  let names: string[]
  try {
    names = readdirSync(places.temporary)
  } catch {
    return
  }
  for (const name of names) {
    const [, pid, boot, tick] = name.split('.')
    if (!isAlive(Number(pid), `${boot}:${tick}`)) removeTree(join(places.temporary, name))
  }
}
