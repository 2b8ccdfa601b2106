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
import { copyNodeLogs, writePods, copyRun } from '../smoke/evidence.ts'
import {
  countSteps,
  endedStep,
  formatSmoke,
  type PlannedSmoke,
  type SmokeStep,
  smokeSteps,
  smokeSuite,
  skipReasonOf,
} from '../smoke/steps.ts'
import { refuseTargetInUse } from '../smoke/target-in-use.ts'

/** What a report may take of whoever has told smoke to stop. */
const lateReportMs = 180_000

/** What comes after the drills: a report with pictures, and the end of the cluster. */
const afterDrillsMs = 180_000

const usage = 'pnpm smoke [--drill <name,…>] [--within <minutes>] [--yes-disrupt <context>] [--json]'

/**
 * `pnpm smoke`: brings everything up on a cluster of its own, proves it, breaks it, brings it up again (which must do
 * nothing), draws what it showed and takes it all away. The report is in smoke-report/; the cluster goes in any case.
 */
export async function smokeCommand(main: MainContext): Promise<number> {
  const started = performance.now()
  const text = { type: 'string' } as const
  const options = { json: { type: 'boolean' }, drill: text, within: text, 'yes-disrupt': text } as const
  const { words, flags } = parseCommandLine(main.args, usage, options)
  if (words.length) throw usageError('INVALID_ARGUMENTS', `smoke takes no names\nusage: ${usage}`, 'pnpm smoke')
  const withinMs = minutesOf(flags.within)
  const place = smokeTarget(main.env, flags['yes-disrupt'])
  if (place.disrupt !== undefined) await refuseTargetInUse(place.settings)
  const report = join(repositoryRoot, 'smoke-report')
  rmSync(report, { recursive: true, force: true })
  mkdirSync(report, { recursive: true })
  const steps: SmokeStep[] = []
  const drills = flags.drill?.split(',').filter(Boolean)
  for (const [n, planned] of smokeSteps(place.disrupt, report, drills).entries()) {
    const why = skipReasonOf(planned, steps, main.signal.aborted)
    if (why) {
      steps.push({ name: planned.name, command: planned.args.join(' '), outcome: 'skipped', ms: 0, message: why })
      continue
    }
    const spentMs = performance.now() - started
    // What has been slow so far will be slow again.
    const leftMs = withinMs === undefined ? undefined : withinMs - spentMs - Math.max(afterDrillsMs, spentMs)
    steps.push(await runStep(planned, { ...place, main, leftMs, report: join(report, `${n + 1}-${planned.name}`) }))
  }
  const counts = countSteps(steps)
  const failed = counts.failed ? ExitCode.failed : ExitCode.done
  const exitCode = main.signal.aborted ? signalExitCode(main.signal.reason) : failed
  const cluster = place.settings.CLUSTER_NAME
  const document: SmokeDocument = { verb: 'smoke', cluster, ok: exitCode === 0, exitCode, ...counts, steps }
  writeFileSync(join(report, 'smoke.json'), `${JSON.stringify(document, null, 2)}\n`)
  writeJunit(join(report, 'smoke.junit.xml'), [smokeSuite(steps)])
  main.print(flags.json ? JSON.stringify(document) : formatSmoke(document, wantsColor(process.stdout, main.env)))
  return exitCode
}

/** @throws PlatformError INVALID_ARGUMENTS for what is no positive number */
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
 * A cluster that nobody has: a name of its own, with ports and a subnet that are free. All else is as it is set.
 *
 * @throws PlatformError SMOKE_REFUSED on a context that was not named, SMOKE_TARGET_IN_USE for a cluster that is there
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
      `smoke breaks what runs on ${KUBE_CONTEXT || 'the context'}, and deletes its volumes at the end`,
      `pnpm smoke --yes-disrupt '${KUBE_CONTEXT}'`,
    )
  }
  if (existsSync(clusterDir)) {
    throw usageError(
      'SMOKE_TARGET_IN_USE',
      `there is a cluster ${name}: smoke would purge it`,
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
  const [script, ...words] = planned.args
  const isDown = planned.name === 'down'
  // Before it is gone.
  if (isDown) bestEffort(() => copyNodeLogs(settings, join(report, '..', 'node-logs')))
  process.stderr.write(`smoke: ${planned.args.join(' ')} on ${settings.CLUSTER_NAME}\n`)
  const command = [
    ...[process.execPath, '--import', 'tsx', `scripts/${script}.ts`, ...words],
    ...Object.entries(planned.artifacts ?? {}).flatMap(([word, path]) => [word, isUsable(path) ? path : 'none']),
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
    await writePods(context, `${report}-pods`).catch(say)
  }
  return step
}

/** The cluster is taken down whatever happened; and a run that was told to stop says, not for long, what it saw. */
function signalOf({ name }: PlannedSmoke, signal: AbortSignal): AbortSignal | undefined {
  if (name === 'down') return undefined
  return name === 'report' && signal.aborted ? AbortSignal.timeout(lateReportMs) : signal
}

/** A folder, or the document of a step: one that was broken off leaves an error in its place, or nothing. */
function isUsable(path: string): boolean {
  if (!existsSync(path)) return false
  if (statSync(path).isDirectory()) return true
  try {
    return 'verb' in JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return false
  }
}

/** Evidence that can't be kept takes nothing away from the result. */
function bestEffort(work: () => void): void {
  try {
    work()
  } catch (error) {
    say(error)
  }
}

function say(error: unknown): void {
  process.stderr.write(`smoke: not kept: ${error instanceof Error ? error.message : String(error)}\n`)
}
