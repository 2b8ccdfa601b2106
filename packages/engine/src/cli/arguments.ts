import { parseArgs } from 'node:util'
import { usageError } from '@platform/core'

type Options = Readonly<Record<string, { readonly type: 'boolean' | 'string' }>>

type Values<O extends Options> = {
  readonly [N in keyof O]?: O[N]['type'] extends 'boolean' ? boolean : string
}

/**
 * The words of a command: names and options.
 *
 * @throws PlatformError INVALID_ARGUMENTS, exit code 2, with the usage
 */
export function parseWords<const O extends Options>(
  args: readonly string[],
  usage: string,
  options: O,
): { readonly words: readonly string[]; readonly flags: Values<O> } {
  try {
    const words = args.filter((word) => word !== '--')
    const { values, positionals } = parseArgs({ args: words, options, allowPositionals: true })
    return { words: positionals, flags: values as Values<O> }
  } catch (error) {
    const [first = ''] = (error as Error).message.split('. To specify')
    throw usageError('INVALID_ARGUMENTS', `${first}\nusage: ${usage}`, usage.split(' [')[0])
  }
}
