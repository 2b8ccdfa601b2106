import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Component } from '../component/component.ts'
import type { Drill } from '../component/drill.ts'

/** The drills that a component's src/drills.ts exports. */
export async function loadDrills({
  name,
  directory,
}: Pick<Component, 'name' | 'directory'>): Promise<readonly Drill[]> {
  const file = join(directory, 'src', 'drills.ts')
  if (!existsSync(file)) return []
  const { drills } = (await import(pathToFileURL(file).href)) as { drills?: readonly Drill[] }
  if (!drills) throw new Error(`${file} must export \`drills\``)
  const duplicate = drills.find(({ id }, n) => drills.findIndex((each) => each.id === id) !== n)
  if (duplicate) throw new Error(`${file}: two drills of ${name} have the id ${duplicate.id}`)
  return drills
}

/** The ids of the checks that no mutation has in `caughtBy`: nothing proves that they can fail. Pure. */
export function uncaughtChecks(checks: readonly { readonly id?: string }[], drills: readonly Drill[]): string[] {
  const named = new Set(drills.flatMap((drill) => (drill.kind === 'mutation' ? [drill.caughtBy] : [])))
  return checks.flatMap(({ id }) => (id !== undefined && !named.has(id) ? [id] : []))
}

/** The mutations whose `caughtBy` does not exist. Pure. */
export function unknownChecks(checks: readonly { readonly id?: string }[], drills: readonly Drill[]): string[] {
  const known = new Set(checks.map(({ id }) => id))
  return drills.flatMap((drill) =>
    drill.kind === 'mutation' && !known.has(drill.caughtBy) ? [`${drill.id} (${drill.caughtBy})`] : [],
  )
}
