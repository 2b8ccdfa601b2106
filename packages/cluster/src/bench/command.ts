import { cpus } from 'node:os'
import { type MainContext, systemRunner, usageError } from '@platform/core'
import { figureTable } from '@platform/core/bench'
import { benchCluster } from './cluster-bench.ts'

const usage = 'usage: pnpm bench [platform|cluster] [--runs N] [--json]'

/** `pnpm bench cluster`: prints a table of figures; with --json every value of every run. */
export async function benchCommand({ args, env, print, signal }: MainContext): Promise<undefined> {
  const runs = Number(args.includes('--runs') ? args[args.indexOf('--runs') + 1] : 3)
  if (args[0] !== 'cluster' || !Number.isInteger(runs) || runs < 1)
    throw usageError('INVALID_ARGUMENTS', usage, 'pnpm bench cluster')
  const say = (line: string) => void process.stderr.write(`${line}\n`)
  const result = await benchCluster({ runs, env, runner: systemRunner, say, signal })
  if (args.includes('--json')) {
    print(JSON.stringify(result))
    return
  }
  print(
    `${cpus().length} processors (${cpus()[0]?.model ?? 'unknown'}), ${runs} runs\n\n${figureTable(result.figures)}\n`,
  )
  const last = result.runs.at(-1)?.memory ?? []
  print('PSS of the last run, by process:')
  for (const { name, pss } of [...last].sort((a, b) => b.pss - a.pss))
    print(`  ${name.padEnd(16)} ${pss.toFixed(0)} MB`)
}
