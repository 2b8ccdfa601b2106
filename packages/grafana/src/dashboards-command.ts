import {
  ExitCode,
  loadSettings,
  type MainContext,
  PlatformError,
  stderrEmit,
  step,
  systemRunner,
  usageError,
  wantsColor,
} from '@platform/core'
import type { DashboardsDocument } from '@platform/core/documents'
import { openSession, withProofContext } from '@platform/engine/checks'
import { parseCommandLine } from '../../engine/src/cli/index.ts'
import { component } from './component.ts'
import { checkFile, type FileReport } from './panels/check-file.ts'
import { formatFile } from './panels/format-file.ts'
import { openDatasources } from './panels/through-grafana.ts'

const usage = 'pnpm dashboards check FILE… [--json]'

/**
 * `pnpm dashboards check FILE…`: what each panel of any dashboard shows on the running cluster, and why it shows nothing.
 * 1 when a panel fails or is empty, or a variable offers nothing; 2 when a file (or something in it) can't be used and all the rest shows data.
 */
export async function dashboardsCommand(main: MainContext): Promise<number> {
  const { positionals, flags } = parseCommandLine(main.args, usage, { json: { type: 'boolean' } })
  const [verb, ...files] = positionals
  if (verb !== 'check' || !files.length) {
    const what = verb === 'check' ? 'no file is named' : `${verb ? `“${verb}”` : 'nothing'}: only check is known`
    throw usageError('INVALID_ARGUMENTS', `${what}\nusage: ${usage}`, 'pnpm dashboards check smoke/dashboard.json')
  }
  const settings = loadSettings({ env: main.env })
  const { emit, end } = stderrEmit(main.env)
  const context = { settings, runner: systemRunner, emit, signal: main.signal }
  // pnpm runs scripts in the root of the checkout; INIT_CWD is where the user is.
  const folder = main.env.INIT_CWD ?? process.cwd()
  let reports: readonly FileReport[]
  try {
    const session = await openSession(context)
    const scope = { context, component, session, signal: main.signal }
    reports = await withProofContext(scope, async (proof) => {
      const grafana = await openDatasources(proof).catch((error: Error) => {
        throw new PlatformError('GRAFANA_UNREACHABLE', error.message, { hint: 'pnpm verify grafana', cause: error })
      })
      const found: FileReport[] = []
      for (const file of files) {
        found.push(await step(emit, `check ${file}`, () => checkFile(grafana, { file, folder })))
      }
      return found
    })
  } finally {
    end()
  }
  const exitCode = exitCodeOf(reports)
  const target = { kind: settings.TARGET, cluster: settings.CLUSTER_NAME, context: settings.KUBE_CONTEXT }
  const document: DashboardsDocument = {
    ...{ verb: 'dashboards', target, exitCode, ok: exitCode === ExitCode.done },
    files: structuredClone(reports) as DashboardsDocument['files'],
  }
  const color = wantsColor(process.stdout, main.env)
  main.print(flags.json ? JSON.stringify(document) : reports.map((report) => formatFile(report, color)).join('\n'))
  return exitCode
}

/** A panel that shows nothing, or a variable that offers nothing, tells more than a file that can't be used. */
export function exitCodeOf(reports: readonly FileReport[]): number {
  const silent = reports.some(({ panels }) => panels.some(({ state }) => state !== 'data' && state !== 'not queried'))
  const dead = reports.some(({ variables }) => variables.length)
  if (silent || dead) return ExitCode.failed
  return reports.some(({ problems }) => problems.length) ? ExitCode.usage : ExitCode.done
}
