import type { Component } from '../component/component.ts'
import type { Drill, Mutation } from '../component/drill.ts'

/** A check, as far as drills look at it before they ask it. */
export interface CheckScope {
  readonly id?: string
  readonly dependsOn: readonly string[]
}

/** Everything of a component: its name, for what the engine knows of it, and the capabilities that it provides. */
export function subjectsOf({ name, provides = {} }: Pick<Component, 'name' | 'provides'>): readonly string[] {
  return [...new Set([name, ...Object.keys(provides)])]
}

/** Whether two subjects have something in common: one contains the other, or is it. A part `*` is any. Pure. */
export function overlap(a: string, b: string): boolean {
  const [some, others] = [a.split('/'), b.split('/')]
  const common = Math.min(some.length, others.length)
  return some.slice(0, common).every((part, n) => part === others[n] || part === '*' || others[n] === '*')
}

/** Whether any subject of one list overlaps any of the other. Pure. */
export function anyOverlap(some: readonly string[], others: readonly string[]): boolean {
  return some.some((one) => others.some((other) => overlap(one, other)))
}

/** The checks that a mutation is judged by: those that can see what it touches, up to the one that must catch it. Pure. */
export function affectedChecks<T extends CheckScope>({ changes, caughtBy }: WithChanges<Mutation>, checks: readonly T[]): T[] {
  const last = checks.findIndex(({ id }) => id === caughtBy)
  return checks.filter(({ id, dependsOn }, n) => n <= last && (id === caughtBy || anyOverlap(dependsOn, changes)))
}

/** A drill that says what it touches. */
export type WithChanges<T extends Drill> = T & { readonly changes: readonly string[] }

/**
 * Whether a mutation could be mistaken for another one that is made at the same time: both touch the same, or the other
 * touches what one of its judges depends on. The check that catches both tells them apart where each has `expectedMessage`. Pure.
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
