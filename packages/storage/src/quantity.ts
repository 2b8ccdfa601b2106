const units: Readonly<Record<string, number>> = {
  '': 1,
  m: 1e-3,
  ...{ k: 1e3, M: 1e6, G: 1e9, T: 1e12 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 },
}

/** A Kubernetes quantity as a number, as metrics have it: `256Mi` is 268435456, `100m` is 0.1. */
export function quantity(text: string): number {
  const [, digits, unit = ''] = /^([0-9]+(?:\.[0-9]+)?)([a-zA-Z]*)$/.exec(text) ?? []
  const factor = units[unit]
  if (digits === undefined || factor === undefined) throw new Error(`${text} is no quantity`)
  return Number((Number(digits) * factor).toPrecision(15))
}
