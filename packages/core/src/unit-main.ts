import type { Unit } from './unit.ts'

/**
 * The whole of a package's src/main.ts: `await runUnit(unit)`. Reads the verb from argv (`up`, `down [--purge]`,
 * `verify`), runs it, writes events and result to the run directory (RUN_DIR), or shows them itself when it runs alone,
 * and exits.
 */
export async function runUnit(unit: Unit): Promise<never> {
  throw new Error(`runUnit(${unit.name}) is being written`)
}
