import type { Environment } from './environment.ts'

const codes = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39], cyan: [36, 39] } as const

/** The text in a style; unchanged if `color` is false. */
export function styleText(style: keyof typeof codes, text: string, color: boolean): string {
  const [on, off] = codes[style]
  return color ? `\u001b[${on}m${text}\u001b[${off}m` : text
}

/** Whether a stream gets ANSI sequences: only a terminal does, unless NO_COLOR is set or TERM is `dumb`. */
export function wantsColor(stream: { readonly isTTY?: boolean }, env: Environment): boolean {
  return Boolean(stream.isTTY) && !env.NO_COLOR && env.TERM !== 'dumb'
}
