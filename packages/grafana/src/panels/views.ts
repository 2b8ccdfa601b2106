import { type View, viewOf } from '@platform/panels'

const minute = 60

/** The last half hour in at most 60 points; with one value chosen the last five minutes. */
export function viewsAt(now: number): { readonly view: View; readonly chosenView: View } {
  const to = Math.floor(now)
  return {
    view: viewOf(to - 30 * minute, to, { points: 60 }),
    chosenView: viewOf(to - 5 * minute, to, { points: 10 }),
  }
}
