import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import {
  discoverUnits,
  ExitCode,
  loadSettings,
  type MainContext,
  PlatformError,
  repositoryRoot,
  runsDirectory,
  type Settings,
  stderrEmit,
  systemRunner,
  usageError,
} from '@platform/core'
import type { VerifyDocument } from '@platform/core/documents'
import { type JunitCase, writeJunit } from '@platform/core/junit'
import { bundlePage } from '@platform/panels/bundle'
import { type Collected, collect } from './collect.ts'
import { reportPage } from './page/report-page.ts'
import { newestRun, type RunRecord, readRun } from './runs.ts'
import { type Timeline, timelineOf } from './timeline.ts'

const usage =
  'pnpm report [--verify FILE|none] [--run FOLDER|none] [--minutes N] [--out FOLDER] [--screenshots] [--json] [--junit FILE]'

/** The `--json` document. */
export interface ReportDocument {
  readonly verb: 'report'
  readonly ok: boolean
  readonly exitCode: number
  readonly file: string
  readonly bytes: number
  readonly dashboards: number
  readonly panels: number
  readonly queries: number
  readonly errors: number
  readonly empty: number
  readonly checks?: { readonly passed: number; readonly failed: number; readonly skipped: number }
  /** Paths; undefined: none were asked for, or there is no browser, which `problems` says then. */
  readonly screenshots?: readonly string[]
  readonly problems: readonly string[]
}

/**
 * `pnpm report`: writes smoke-report/index.html, one file that needs nothing beside it: what there is, what was proved,
 * how long it took, and every dashboard with the data of the last half hour.
 */
export async function reportCommand(main: MainContext): Promise<number> {
  const flags = readFlags(main.args)
  const settings = loadSettings({ env: main.env })
  const { emit, end } = stderrEmit(main.env)
  const say = (message: string) => emit({ type: 'step.progress', step: 'report', message })
  try {
    const context = { settings, runner: systemRunner, emit, signal: main.signal }
    const verify = flags.verify ? readVerify(flags.verify) : await runVerify(main, say)
    const collected = await collect(context, { minutes: flags.minutes, say })
    const { script, style } = await bundlePage('report')
    const timelines = timelinesOf(settings, flags.run)
    const page = reportPage({ settings, collected, verify, timelines, script, style, madeAt: new Date() })
    const file = join(flags.out, 'index.html')
    mkdirSync(flags.out, { recursive: true })
    writeFileSync(file, page)
    const pictures = flags.screenshots ? await takePictures(file, flags.out, context, say) : {}
    if (pictures.problem) emit({ type: 'notice', level: 'warn', message: pictures.problem })
    for (const message of pictures.undrawn ?? []) emit({ type: 'notice', level: 'warn', message })
    const shown = { ...collected, problems: [...collected.problems, ...(pictures.undrawn ?? [])] }
    const document = documentOf({ file, page, collected: shown, verify, pictures })
    if (flags.junit) writeJunit(flags.junit, [{ name: 'report', cases: casesOf(shown) }])
    main.print(flags.json ? JSON.stringify(document) : formatReport(document))
    return document.exitCode
  } finally {
    end()
  }
}

/** @throws PlatformError INVALID_ARGUMENTS, exit code 2, with the usage */
function readFlags(args: readonly string[]) {
  const bad = (what: string) => usageError('INVALID_ARGUMENTS', `${what}\nusage: ${usage}`, 'pnpm report')
  const options = {
    verify: { type: 'string' },
    run: { type: 'string' },
    minutes: { type: 'string', default: '30' },
    out: { type: 'string' },
    junit: { type: 'string' },
    screenshots: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  } as const
  try {
    const { values } = parseArgs({ args: args.filter((word) => word !== '--'), options })
    const minutes = Number(values.minutes)
    if (!(minutes >= 1 && minutes <= 7 * 24 * 60)) throw new Error(`--minutes ${values.minutes}: from 1 to 10080`)
    return { ...values, minutes, out: values.out ? resolve(values.out) : join(repositoryRoot, 'smoke-report') }
  } catch (error) {
    throw bad((error as Error).message.split('. To specify')[0] ?? '')
  }
}

/** @throws PlatformError INVALID_VERIFY_DOCUMENT */
function readVerify(file: string): VerifyDocument | undefined {
  if (file === 'none') return undefined
  const problem = (why: string) =>
    new PlatformError('INVALID_VERIFY_DOCUMENT', `--verify ${file}: ${why}`, {
      hint: 'pnpm -s verify all --json > verify.json; pnpm report --verify verify.json',
    })
  let document: Partial<VerifyDocument>
  try {
    document = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw problem((error as Error).message)
  }
  if (document?.verb !== 'verify' || !Array.isArray(document.units)) throw problem('is no document of verify')
  return document as VerifyDocument
}

/** Asks all checks. Without a cluster there is none to ask, which the report says elsewhere. */
async function runVerify(main: MainContext, say: (what: string) => void): Promise<VerifyDocument | undefined> {
  say('verify all')
  const command = [process.execPath, '--import', 'tsx', join(repositoryRoot, 'scripts/verify.ts'), 'all', '--json']
  const { stdout } = await systemRunner.probe(command, { cwd: repositoryRoot, signal: main.signal })
  try {
    const document = JSON.parse(stdout) as VerifyDocument
    return Array.isArray(document.units) ? document : undefined
  } catch {
    return undefined
  }
}

/** The named run; else the newest `up` and `verify` of this cluster. */
function timelinesOf(settings: Settings, folder: string | undefined): Timeline[] {
  const runs = runsDirectory(settings)
  const cluster = settings.CLUSTER_NAME
  const found = folder ? [readRun(resolve(folder))] : ['up', 'verify'].map((verb) => newestRun(runs, { verb, cluster }))
  const needs = Object.fromEntries(discoverUnits(repositoryRoot).map(({ name, dependencies }) => [name, dependencies]))
  return found.filter((run): run is RunRecord => Boolean(run?.tasks.length)).map((run) => timelineOf(run, needs))
}

interface Pictures {
  readonly screenshots?: readonly string[]
  readonly problem?: string
  /** What a browser complained of: the report is not what it should be. */
  readonly undrawn?: readonly string[]
}

/** A report without pictures is one all the same: where there is no browser, that is said. */
async function takePictures(
  file: string,
  out: string,
  context: Parameters<typeof collect>[0],
  say: (what: string) => void,
): Promise<Pictures> {
  const { takeScreenshots } = await import('./screenshots.ts')
  try {
    const { files, problems } = await takeScreenshots(file, { folder: join(out, 'screenshots'), context, say })
    return { screenshots: files, undrawn: problems }
  } catch (error) {
    context.signal.throwIfAborted()
    return { problem: `no screenshots: ${(error as Error).message}` }
  }
}

interface Made {
  readonly file: string
  readonly page: string
  readonly collected: Collected
  readonly verify: VerifyDocument | undefined
  readonly pictures: Pictures
}

/** What came of it, for programs. Pure. */
export function documentOf({ file, page, collected, verify, pictures }: Made): ReportDocument {
  const boards = collected.grafana?.boards ?? []
  const sum = (key: 'queries' | 'errors' | 'empty') => boards.reduce((count, each) => count + each[key], 0)
  // As JUnit has it: a query that fails is a failure, one that gives nothing is judged by `verify`.
  const good = collected.grafana && !collected.problems.length && !sum('errors')
  const exitCode = good ? ExitCode.done : ExitCode.failed
  const { panels } = countPanels(collected)
  return {
    ...{ verb: 'report', ok: exitCode === 0, exitCode, file, bytes: Buffer.byteLength(page) },
    ...{ dashboards: boards.length, panels, queries: sum('queries'), errors: sum('errors'), empty: sum('empty') },
    ...(verify && { checks: { passed: verify.passed, failed: verify.failed, skipped: verify.skipped } }),
    ...(pictures.screenshots && { screenshots: pictures.screenshots }),
    problems: [...collected.problems, ...(pictures.problem ? [pictures.problem] : [])],
  }
}

function countPanels({ grafana }: Collected): { readonly panels: number } {
  return { panels: (grafana?.boards ?? []).reduce((count, { panels }) => count + panels, 0) }
}

/** For JUnit: a case for each dashboard, and one for each thing that could not be asked. */
function casesOf({ grafana, problems }: Collected): JunitCase[] {
  const boards = (grafana?.boards ?? []).map(({ dashboard, errors, queries }): JunitCase => {
    const message = errors ? `${errors} of ${queries} queries failed` : undefined
    return { name: dashboard.title, outcome: errors ? 'failed' : 'passed', message }
  })
  return [...boards, ...problems.map((message): JunitCase => ({ name: 'asked', outcome: 'error', message }))]
}

function formatReport({
  file,
  bytes,
  dashboards,
  panels,
  errors,
  empty,
  screenshots,
  problems,
}: ReportDocument): string {
  const size = `${(bytes / 1e6).toFixed(1)} MB`
  return [
    `${relative(process.cwd(), file) || file}: ${size}, ${dashboards} dashboards with ${panels} panels`,
    ...(errors || empty ? [`queries that failed: ${errors}, that gave nothing: ${empty}`] : []),
    ...(screenshots ? [`${screenshots.length} screenshots in ${dirname(screenshots[0] ?? file)}`] : []),
    ...problems.map((problem) => `! ${problem}`),
    '',
  ].join('\n')
}
