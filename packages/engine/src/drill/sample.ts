import { randomBytes } from 'node:crypto'

/** A random seed of eight hexadecimal digits. */
export function newSeed(): string {
  return randomBytes(4).toString('hex')
}

/** Shuffles the items. The same seed gives the same order. Pure. */
export function shuffled<T>(items: readonly T[], seed: string): T[] {
  const random = generator(seed)
  return items
    .map((item) => ({ item, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item)
}

/** Chooses `count` items by the seed, and keeps their order. Pure. */
export function sampled<T>(items: readonly T[], count: number, seed: string): T[] {
  const chosen = new Set(shuffled(items, seed).slice(0, count))
  return items.filter((item) => chosen.has(item))
}

/** Numbers from 0 to 1: xorshift32, seeded by FNV-1a of the text. */
function generator(seed: string): () => number {
  let state = 0x811c9dc5
  for (const character of seed) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193)
  state = state >>> 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state = (state ^ (state << 5)) >>> 0
    return state / 2 ** 32
  }
}
