import { type Inventory, type InventoryEntry, nameOf } from './inventory.ts'

/**
 * The objects that are new since the inventory. An object whose owner is new too is reported only through its owner.
 *
 * @param onlyOurs on a shared cluster: ignore unmanaged objects
 */
export function leftOver(
  before: Inventory | undefined,
  now: Inventory,
  { onlyOurs }: { readonly onlyOurs: boolean },
): InventoryEntry[] {
  // What was ours already then is no part of what was there before us.
  const known = new Set(before?.entries.filter(({ ours }) => !ours).map(nameOf))
  const there = new Set(now.entries.flatMap(({ uid }) => uid ?? []))
  const shared = namespacesOfOthers(now.entries)
  return now.entries.filter((entry) => {
    if (known.has(nameOf(entry))) return false
    if (entry.owners?.some((owner) => there.has(owner))) return false
    if (!onlyOurs) return true
    // Ours by its label, but others have moved in: it is theirs to end.
    return entry.ours === true && !(entry.type === 'Namespace' && shared.has(entry.name))
  })
}

/**
 * Kinds that could be read before and can't be now: what is left of them nobody has seen. A kind that could not be read
 * then either proves nothing, and never did.
 */
export function unseen(before: Inventory | undefined, now: Inventory): string[] {
  if (!before) return []
  const { read, unread } = before
  return now.unread.filter((type) => (read ? read.includes(type) : !unread.includes(type)))
}

function namespacesOfOthers(entries: readonly InventoryEntry[]): Set<string> {
  return new Set(entries.flatMap(({ ours, namespace }) => (ours || !namespace ? [] : namespace)))
}
