import { cpus } from 'node:os'
import { type MainContext, systemRunner, usageError } from '@platform/core'
import { figureTable } from '@platform/core/bench'
import { parseCommandLine } from '../cli/arguments.ts'
import { formatPath } from './critical-path.ts'
import { benchPlatform } from './platform-bench.ts'
import { formatChecks } from './slowest-checks.ts'

const usage = 'pnpm bench [platform|cluster] [--runs N] [--json]'

/**
 * `pnpm bench [platform]`: prints a table of figures and, for the last run, the critical path of `up` and the slowest
 * checks of `verify`. With --json it prints every value.
 */
export async function platformBenchCommand({ args, env, print, signal }: MainContext): Promise<undefined> {
  const { positionals, flags } = parseCommandLine(args, usage, { runs: { type: 'string' }, json: { type: 'boolean' } })
  const runs = Number(flags.runs ?? 3)
  if (!['', 'platform'].includes(positionals.join()) || !Number.isInteger(runs) || runs < 1) {
    throw usageError('INVALID_ARGUMENTS', `usage: ${usage}`, 'pnpm bench')
  }
  const say = (line: string) => void process.stderr.write(`${line}\n`)
  const result = await benchPlatform({ runs, env, runner: systemRunner, say, signal })
  if (flags.json) {
    print(JSON.stringify(result))
    return
  }
  print(
    `${cpus().length} processors (${cpus()[0]?.model ?? 'unknown'}), ${runs} runs\n\n${figureTable(result.figures)}\n`,
  )
  const { path = [], checks = [] } = result.runs.at(-1) ?? {}
  print(`critical path of \`up all\` in the last run:\n${formatPath(path)}\n`)
  print(`slowest checks of \`verify all\` in the last run:\n${formatChecks(checks)}`)
}
