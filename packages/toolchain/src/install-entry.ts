import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { removeTree } from './entry.ts'
import type { Places } from './places.ts'
import { makeTemporary } from './temporary.ts'

/** Moves a sealed folder to its place; what is there, damaged or of another origin, goes. */
export function installEntry(places: Places, sealed: string, folder: string): void {
  const aside = makeTemporary(places, 'damaged')
  try {
    renameSync(folder, join(aside, 'entry'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  renameSync(sealed, folder)
  removeTree(aside)
}
