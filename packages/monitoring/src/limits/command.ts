import {
  ExitCode,
  loadSettings,
  type MainContext,
  stderrEmit,
  step,
  systemRunner,
  usageError,
  wantsColor,
} from '@platform/core'
import type { LimitsDocument } from '@platform/core/documents'
import { openSession, withProofContext } from '@platform/engine/checks'
import { parseCommandLine, textTable } from '../../../engine/src/cli/index.ts'
import { component } from '../component.ts'
import { type Limits, limitCells, notesOf, problemsOf, readSettledLimits } from './index.ts'

/** Prometheus knows recently started or ended containers after two scrapes. */
const WAIT_MS = 45_000

/** `pnpm limits [--json]`: a table of all running containers. Exit code 1 if the API server and Prometheus disagree. */
export async function limitsCommand(main: MainContext): Promise<number> {
  const usage = 'pnpm limits [--json]'
  const { positionals, flags } = parseCommandLine(main.args, usage, { json: { type: 'boolean' } })
  if (positionals.length)
    throw usageError(
      'INVALID_ARGUMENTS',
      `unexpected arguments: ${positionals.join(' ')}\nusage: ${usage}`,
      'pnpm limits',
    )
  const settings = loadSettings({ env: main.env })
  const { emit, end } = stderrEmit(main.env)
  const context = { settings, runner: systemRunner, emit, signal: main.signal }
  let limits: Limits
  try {
    const session = await openSession(context)
    const scope = { context, component, session, signal: main.signal }
    limits = await withProofContext(scope, async (proof) => {
      const prometheus = await proof.prometheus()
      return step(emit, 'limits: compare the API server with Prometheus', () =>
        readSettledLimits({ api: proof.api, prometheus, signal: main.signal }, WAIT_MS),
      )
    })
  } finally {
    end()
  }
  const problems = problemsOf(limits)
  const exitCode = problems.length ? ExitCode.failed : ExitCode.done
  const target = { kind: settings.TARGET, cluster: settings.CLUSTER_NAME, context: settings.KUBE_CONTEXT }
  const document: LimitsDocument = {
    ...{ verb: 'limits', target, exitCode, ok: !problems.length },
    ...(structuredClone({ rows: limits.rows, stale: limits.stale }) as Pick<LimitsDocument, 'rows' | 'stale'>),
    ...{ problems, notes: notesOf(limits) },
  }
  main.print(flags.json ? JSON.stringify(document) : formatLimits(limits, wantsColor(process.stdout, main.env)))
  return exitCode
}

/** The table, followed by notes and mismatches. */
export function formatLimits(limits: Limits, color: boolean): string {
  const problems = problemsOf(limits)
  const summary = `${limits.rows.length} containers: the API server and Prometheus agree`
  return [
    ...textTable(limitCells(limits.rows, color)),
    '',
    ...notesOf(limits),
    ...(problems.length ? problems.map((problem) => `✗ ${problem}`) : [`✓ ${summary}`]),
    '',
  ].join('\n')
}
