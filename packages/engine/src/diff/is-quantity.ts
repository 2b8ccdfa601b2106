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
