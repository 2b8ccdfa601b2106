import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { PlatformError } from '@platform/core'
import type { Inventory } from './inventory.ts'

/** The inventory from before the first component; undefined if none was recorded. */
export function readInventory(file: string): Inventory | undefined {
  if (!existsSync(file)) return undefined
  try {
    const inventory = JSON.parse(readFileSync(file, 'utf8')) as Inventory
    if (Array.isArray(inventory.entries)) return inventory
  } catch {
    // told below
  }
  throw new PlatformError('INVENTORY_CORRUPT', `${file} is no inventory: what was there before can't be told`, {
    hint: `rm ${file}; pnpm up cluster`,
  })
}

/** Writes atomically: objects that a partial inventory lacks would count as leftovers. */
export function writeInventory(file: string, inventory: Inventory): void {
  mkdirSync(dirname(file), { recursive: true })
  const fresh = `${file}.${process.pid}`
  writeFileSync(fresh, `${JSON.stringify(inventory)}\n`, { mode: 0o600 })
  renameSync(fresh, file)
}

export function forgetInventory(file: string): void {
  rmSync(file, { force: true })
}
