const scales: Readonly<Record<string, number>> = {
  ...{ n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
}

/**
 * Parses a Kubernetes quantity, in its base unit: `256Mi` is 268435456, `100m` is 0.1, `1e3` is 1000.
 *
 * @returns undefined if the text is no quantity
 */
export function parseQuantity(text: unknown): number | undefined {
  const [, number, unit = ''] = /^([+-]?\d*\.?\d+(?:[eE][+-]?\d+)?)([A-Za-z]*)$/.exec(String(text)) ?? []
  const scale = scales[unit]
  if (number === undefined || scale === undefined) return undefined
  // 15 digits: 100m and 0.1 are the same number.
  return Number((Number(number) * scale).toPrecision(15))
}

/** Parses a Kubernetes quantity. Throws if the text is none. */
export function quantity(text: string): number {
  const parsed = parseQuantity(text)
  if (parsed === undefined) throw new Error(`invalid quantity ${text}`)
  return parsed
}
