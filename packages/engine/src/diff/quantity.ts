const factors: Readonly<Record<string, number>> = {
  ...{ n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
}

const holders = new Set([
  'requests',
  'limits',
  'capacity',
  'hard',
  'default',
  'defaultRequest',
  'max',
  'min',
  'overhead',
])
const names = new Set(['sizeLimit', 'divisor', 'averageValue', 'storage'])

/** Whether a field with this path is a quantity. */
export function isQuantity(path: readonly string[]): boolean {
  return holders.has(path.at(-2) ?? '') || names.has(path.at(-1) ?? '')
}

/** Parses a quantity such as `500m` or `1Gi`, in billionths; undefined if it is none. */
export function parseQuantity(value: unknown): number | undefined {
  const found = /^([+-]?\d*\.?\d+(?:[eE][+-]?\d+)?)(n|u|m|k|[KMGTPE]i?)?$/.exec(String(value))
  const factor = found ? factors[found[2] ?? ''] : undefined
  // Integers of the smallest unit, so that 0.1 and 100m are equal.
  return found && factor !== undefined ? Math.round(Number(found[1]) * factor * 1e9) : undefined
}
