import { parseArgs } from 'node:util'
import { usageError } from '@platform/core'

type Options = Readonly<Record<string, { readonly type: 'boolean' | 'string' }>>

type Values<O extends Options> = {
  readonly [N in keyof O]?: O[N]['type'] extends 'boolean' ? boolean : string
}

/**
 * Parses a command line into positional arguments and options.
 *
 * @throws PlatformError INVALID_ARGUMENTS, exit code 2, with the usage
 */
export function parseCommandLine<const O extends Options>(
  args: readonly string[],
  usage: string,
  options: O,
): { readonly positionals: readonly string[]; readonly flags: Values<O> } {
  try {
    const withoutSeparator = args.filter((each) => each !== '--')
    const { values, positionals } = parseArgs({ args: withoutSeparator, options, allowPositionals: true })
    return { positionals, flags: values as Values<O> }
  } catch (error) {
    const [first = ''] = (error as Error).message.split('. To specify')
    throw usageError('INVALID_ARGUMENTS', `${first}\nusage: ${usage}`, usage.split(' [')[0])
  }
}
