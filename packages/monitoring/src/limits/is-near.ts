/** The kernel rounds memory limits to pages, and CPU quotas to a thousandth of the period. */
export function isNear(a: number, b: number): boolean {
  return a === b || (b >= 1e6 ? Math.abs(a - b) <= 65536 : Math.abs(a - b) < 0.0011)
}
