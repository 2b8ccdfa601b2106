import type { Component } from '../component/component.ts'
import type { Drill, Mutation } from '../component/drill.ts'

/** The id and the subjects of a check. */
export interface CheckScope {
  readonly id?: string
  readonly dependsOn: readonly string[]
}

/** All subjects of a component: its name and the capabilities that it provides. */
export function subjectsOf({ name, provides = {} }: Pick<Component, 'name' | 'provides'>): readonly string[] {
  return [...new Set([name, ...Object.keys(provides)])]
}

/** Whether one subject equals or contains the other. `*` matches any part. Pure. */
export function overlap(a: string, b: string): boolean {
  const [some, others] = [a.split('/'), b.split('/')]
  const common = Math.min(some.length, others.length)
  return some.slice(0, common).every((part, n) => part === others[n] || part === '*' || others[n] === '*')
}

/** Whether any subject of one list overlaps one of the other. Pure. */
export function anyOverlap(some: readonly string[], others: readonly string[]): boolean {
  return some.some((one) => others.some((other) => overlap(one, other)))
}

/** The checks that depend on a mutation's subjects, up to the one that must catch it. Pure. */
export function affectedChecks<T extends CheckScope>(
  { changes, caughtBy }: WithChanges<Mutation>,
  checks: readonly T[],
): T[] {
  const last = checks.findIndex(({ id }) => id === caughtBy)
  return checks.filter(({ id, dependsOn }, n) => n <= last && (id === caughtBy || anyOverlap(dependsOn, changes)))
}

/** A drill whose `changes` are set. */
export type WithChanges<T extends Drill> = T & { readonly changes: readonly string[] }

/**
 * Whether a mutation could be confused with another one of the same round: both change the same subject, or the other one
 * changes a subject of its checks. A check that must catch both can distinguish them if each has `expectedMessage`. Pure.
 */
export function isAmbiguous(
  mutation: WithChanges<Mutation>,
  other: WithChanges<Mutation>,
  checks: readonly CheckScope[],
): boolean {
  if (anyOverlap(mutation.changes, other.changes)) return true
  const distinguishable = mutation.caughtBy === other.caughtBy && mutation.expectedMessage && other.expectedMessage
  return affectedChecks(mutation, checks).some(
    ({ id, dependsOn }) => !(distinguishable && id === mutation.caughtBy) && anyOverlap(dependsOn, other.changes),
  )
}
