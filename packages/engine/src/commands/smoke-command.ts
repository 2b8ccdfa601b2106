import { randomBytes } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Environment,
  ExitCode,
  loadSettings,
  type MainContext,
  repositoryRoot,
  type Settings,
  signalExitCode,
  systemRunner,
  usageError,
  wantsColor,
} from '@platform/core'
import type { SmokeDocument } from '@platform/core/documents'
import { writeJunit } from '@platform/core/junit'
import { parseCommandLine } from '../cli/arguments.ts'
import { copyNodeLogs, copyRun, writePods } from '../smoke/evidence.ts'
import {
  countSteps,
  endedStep,
  formatSmoke,
  type PlannedSmoke,
  type SmokeStep,
  skipReasonOf,
  smokeSteps,
  smokeSuite,
} from '../smoke/steps.ts'
import { refuseTargetInUse } from '../smoke/target-in-use.ts'

/** Timeout of the report after an interrupt. */
const lateReportMs = 180_000

/** The time reserved for the report with screenshots and for `down`. */
const afterDrillsMs = 180_000

const usage = 'pnpm smoke [--drill <name,…>] [--within <minutes>] [--yes-disrupt <context>] [--json]'

/**
 * `pnpm smoke`: on a cluster of its own it runs `up`, `verify`, `drill`, `up` again (which must do nothing), `report` and
 * `down`. It writes smoke-report/ and always deletes the cluster.
 */
export async function smokeCommand(main: MainContext): Promise<number> {
  const started = performance.now()
  const text = { type: 'string' } as const
  const options = { json: { type: 'boolean' }, drill: text, within: text, 'yes-disrupt': text } as const
  const { positionals, flags } = parseCommandLine(main.args, usage, options)
  if (positionals.length)
    throw usageError('INVALID_ARGUMENTS', `smoke takes no arguments\nusage: ${usage}`, 'pnpm smoke')
  const withinMs = minutesOf(flags.within)
  const target = smokeTarget(main.env, flags['yes-disrupt'])
  if (target.disrupt !== undefined) await refuseTargetInUse(target.settings)
  const report = join(repositoryRoot, 'smoke-report')
  rmSync(report, { recursive: true, force: true })
  mkdirSync(report, { recursive: true })
  const steps: SmokeStep[] = []
  const drills = flags.drill?.split(',').filter(Boolean)
  for (const [n, planned] of smokeSteps(target.disrupt, report, drills).entries()) {
    const reason = skipReasonOf(planned, steps, main.signal.aborted)
    if (reason) {
      steps.push({ name: planned.name, command: planned.args.join(' '), outcome: 'skipped', ms: 0, message: reason })
      continue
    }
    const spentMs = performance.now() - started
    // On a slow machine the report and `down` are slow too.
    const leftMs = withinMs === undefined ? undefined : withinMs - spentMs - Math.max(afterDrillsMs, spentMs)
    steps.push(await runStep(planned, { ...target, main, leftMs, report: join(report, `${n + 1}-${planned.name}`) }))
  }
  const counts = countSteps(steps)
  const failed = counts.failed ? ExitCode.failed : ExitCode.done
  const exitCode = main.signal.aborted ? signalExitCode(main.signal.reason) : failed
  const cluster = target.settings.CLUSTER_NAME
  const document: SmokeDocument = { verb: 'smoke', cluster, ok: exitCode === 0, exitCode, ...counts, steps }
  writeFileSync(join(report, 'smoke.json'), `${JSON.stringify(document, null, 2)}\n`)
  writeJunit(join(report, 'smoke.junit.xml'), [smokeSuite(steps)])
  main.print(flags.json ? JSON.stringify(document) : formatSmoke(document, wantsColor(process.stdout, main.env)))
  return exitCode
}

/** @throws PlatformError INVALID_ARGUMENTS for a value that is not a positive number */
function minutesOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const minutes = Number(text)
  if (minutes > 0) return minutes * 60_000
  throw usageError('INVALID_ARGUMENTS', `--within takes a positive number of minutes, not "${text}"`, usage)
}

interface SmokeTarget {
  readonly env: Environment
  readonly settings: Settings
  readonly disrupt: string | undefined
}

/**
 * A new cluster with its own name and free ports and subnet. All other settings stay.
 *
 * @throws PlatformError SMOKE_REFUSED on a context that was not named, SMOKE_TARGET_IN_USE for an existing cluster
 */
export function smokeTarget(env: Environment, disrupt: string | undefined): SmokeTarget {
  const name = env.CLUSTER_NAME || `smoke-${randomBytes(3).toString('hex')}`
  const free = { INGRESS_PORT: '', INGRESS_TLS_PORT: '', NODE_SUBNET: '', RUN_DIR: '' }
  const own: Environment = { CLUSTER_NAME: name, ...free }
  const settings = loadSettings({ env: { ...env, ...own } })
  const { TARGET, KUBE_CONTEXT = '', clusterDir } = settings
  if (TARGET === 'context' && (!disrupt || disrupt !== KUBE_CONTEXT)) {
    throw usageError(
      'SMOKE_REFUSED',
      `smoke disrupts ${KUBE_CONTEXT || 'the context'}, and deletes the platform's volumes at the end`,
      `pnpm smoke --yes-disrupt '${KUBE_CONTEXT}'`,
    )
  }
  if (existsSync(clusterDir)) {
    throw usageError(
      'SMOKE_TARGET_IN_USE',
      `the cluster ${name} exists, and smoke would purge it`,
      'env -u CLUSTER_NAME pnpm smoke',
    )
  }
  return { env: own, settings, disrupt: TARGET === 'context' ? disrupt : undefined }
}

async function runStep(
  planned: PlannedSmoke,
  {
    env,
    settings,
    main,
    report,
    leftMs,
  }: SmokeTarget & { readonly main: MainContext; readonly report: string; readonly leftMs: number | undefined },
): Promise<SmokeStep> {
  const [script, ...args] = planned.args
  const isDown = planned.name === 'down'
  // `down` deletes the logs.
  if (isDown) bestEffort(() => copyNodeLogs(settings, join(report, '..', 'node-logs')))
  process.stderr.write(`smoke: ${planned.args.join(' ')} on ${settings.CLUSTER_NAME}\n`)
  const command = [
    ...[process.execPath, '--import', 'tsx', `scripts/${script}.ts`, ...args],
    ...Object.entries(planned.artifacts ?? {}).flatMap(([option, path]) => [option, isUsable(path) ? path : 'none']),
    ...(planned.timed && leftMs !== undefined ? ['--within', String(Math.max(0.1, leftMs / 60_000))] : []),
    ...['--json', '--junit', `${report}.junit.xml`],
  ]
  const started = performance.now()
  const { exitCode, stdout } = await systemRunner.probe(command, {
    cwd: repositoryRoot,
    env: {
      ...env,
      INIT_CWD: repositoryRoot,
      ...(planned.overlay && { VALUES: [...settings.VALUES, planned.overlay].join(',') }),
    },
    signal: signalOf(planned, main.signal),
    onLine(line, stream) {
      if (stream === 'stdout') return
      appendFileSync(`${report}.log`, `${line}\n`)
      process.stderr.write(`${line}\n`)
    },
  })
  const step = endedStep(planned, { exitCode, stdout, ms: Math.round(performance.now() - started) })
  writeFileSync(`${report}.json`, stdout)
  bestEffort(() => copyRun(stdout, `${report}-run`))
  if (step.outcome === 'failed' && !isDown) {
    const context = { settings, runner: systemRunner, emit: () => {}, signal: new AbortController().signal }
    await writePods(context, `${report}-pods`).catch(warn)
  }
  return step
}

/** `down` ignores the user's signal. After an interrupt `report` runs with a timeout. */
function signalOf({ name }: PlannedSmoke, signal: AbortSignal): AbortSignal | undefined {
  if (name === 'down') return undefined
  return name === 'report' && signal.aborted ? AbortSignal.timeout(lateReportMs) : signal
}

/** Whether the path is a folder or a step's document. An interrupted step leaves an error or no file. */
function isUsable(path: string): boolean {
  if (!existsSync(path)) return false
  if (statSync(path).isDirectory()) return true
  try {
    return 'verb' in JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return false
  }
}

/** Missing evidence does not change the result. */
function bestEffort(work: () => void): void {
  try {
    work()
  } catch (error) {
    warn(error)
  }
}

function warn(error: unknown): void {
  process.stderr.write(`smoke: cannot save evidence: ${error instanceof Error ? error.message : String(error)}\n`)
}
