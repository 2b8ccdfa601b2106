import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { environment } from '@platform/core'

/** Absolute path of the first executable file of that name on PATH. */
export function findOnPath(name: string, path: string = environment().PATH ?? ''): string | undefined {
  return path
    .split(delimiter)
    .filter((folder) => folder.startsWith('/'))
    .map((folder) => join(folder, name))
    .find(isExecutable)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}
