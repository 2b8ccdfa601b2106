import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ExitCode, usageError } from './errors.ts'
import { formatDuration } from './format.ts'
import type { MainContext } from './main.ts'
import { packageFolders } from './package-folders.ts'
import { repositoryRoot } from './paths.ts'
import { loadSettings } from './settings.ts'
import { type PooledWork, runPool } from './test-pool.ts'
import type { FileReport } from './test-worker.ts'

/** Totals of a set of test files. */
export interface TestCount {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

const kinds = { unit: '.test.ts', e2e: '.e2e.ts' } as const

/** Timeout of one test process, in ms: a hanging one becomes a failure with a name. */
const timeoutMs = 40 * 60_000

/** Test processes at the same time: a machine has at least two cores, and a test on a cluster mostly waits. */
const concurrency = 2

/** Number of files in the list of the slowest. */
const slowestCount = 10

/** Marks a file that must run alone; the reason follows. */
const alone = /^\/\/ Runs alone: /m

/** The files of one process. */
interface Group {
  readonly files: readonly string[]
  readonly alone: boolean
}

interface Ran extends TestCount {
  readonly times: readonly { readonly file: string; readonly ms: number }[]
}

/**
 * `pnpm test [unit|e2e] [filter] [--within <minutes>]`: runs the unit tests in two processes, then each end-to-end file in
 * its own process, two at a time, the longest first. Files that cannot start within the time are skipped, listed and
 * counted. The last line is `N passed, N failed`, after the slowest files.
 *
 * @returns 1 when any failed, or none ran
 */
export async function runTests({ args, print, signal, env }: MainContext): Promise<number> {
  const started = performance.now()
  const { kind, filter, withinMs } = parseWords(args)
  const { cacheDir } = loadSettings({ env })
  const unit = kind === 'e2e' ? [] : findTests('unit', filter)
  const known = readTimes(cacheDir)
  const duration = (file: string) => known[relative(repositoryRoot, file)] ?? sizeOf(file)
  const e2e = kind === 'unit' ? [] : findTests('e2e', filter).sort((a, b) => duration(b) - duration(a))
  const groups: Group[] = [
    ...splitEvenly(unit, duration).map((files) => ({ files, alone: false })),
    ...e2e.map((file) => ({ files: [file], alone: alone.test(readFileSync(file, 'utf8')) })),
  ]
  // Before any test, because tests without their tool from the toolchain are skipped.
  if (e2e.length && !filter) await buildToolchain(signal)
  const counts: Ran[] = []
  const work = groups.map(
    (group): PooledWork => ({
      name:
        group.files.length === 1 ? relative(repositoryRoot, group.files[0] ?? '') : `${group.files.length} unit files`,
      alone: group.alone,
      run: async (write) => void counts.push(await runFiles(group.files, { signal, write })),
    }),
  )
  const late = await runPool(work, {
    concurrency: concurrency,
    signal,
    isLate: () => withinMs !== undefined && performance.now() - started > withinMs,
    write: (text) => void process.stderr.write(text),
  })
  const times = counts.flatMap((count) => count.times)
  saveTimes(cacheDir, times)
  if (late.length) process.stderr.write(`skipped, no time left: ${late.join(', ')}\n`)
  process.stderr.write(slowestText(times))
  const { passed, failed, skipped } = addCounts(counts)
  const allSkipped = skipped + late.length
  if (!groups.length) process.stderr.write(`no test file matches "${filter}"\n`)
  print(`${passed} passed, ${failed} failed${allSkipped ? `, ${allSkipped} skipped` : ''}`)
  return failed || !counts.length ? ExitCode.failed : ExitCode.done
}

/** Builds the missing parts of the toolchain. A failure is only printed: the tests that need those parts then fail. */
async function buildToolchain(signal: AbortSignal): Promise<void> {
  const script = join(repositoryRoot, 'scripts', 'toolchain.ts')
  const write = (text: string) => void process.stderr.write(text)
  const failure = await runWorker(['--import', 'tsx', script, 'build'], { signal, write })
  if (failure) write(`toolchain:build ended with ${failure}\n`)
}

/** @throws PlatformError INVALID_ARGUMENTS */
function parseWords(args: readonly string[]) {
  const words = args.filter((word) => word !== '--')
  const at = words.indexOf('--within')
  const [, minutes] = at < 0 ? [] : words.splice(at, 2)
  const [kind, filter = '', ...more] = words
  const isWrong = more.length || (kind && kind !== 'unit' && kind !== 'e2e') || (at >= 0 && !(Number(minutes) > 0))
  if (isWrong) {
    const message = `expected [unit|e2e] [filter] [--within <minutes>], not ${args.join(' ')}`
    throw usageError('INVALID_ARGUMENTS', message, 'pnpm test:e2e chain')
  }
  return { kind, filter, withinMs: minutes === undefined ? undefined : Number(minutes) * 60_000 }
}

/** Stands in for an unknown duration: bytes of the file and of the folder of the same name, which has its test cases. */
function sizeOf(file: string): number {
  const folder = file.replace(/\.[^/]*$/, '')
  const rows = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []
  return [file, ...rows].reduce((sum, each) => sum + statSync(each).size, 0)
}

/** Splits files into two lists of about the same duration: longest first, each to the shorter list. Pure. */
export function splitEvenly(files: readonly string[], length: (file: string) => number): string[][] {
  const lists = [0, 1].map(() => ({ files: [] as string[], sum: 0 }))
  for (const file of [...files].sort((a, b) => length(b) - length(a))) {
    const [shortest] = lists.sort((a, b) => a.sum - b.sum)
    shortest?.files.push(file)
    if (shortest) shortest.sum += length(file)
  }
  return lists.map((list) => list.files).filter((list) => list.length)
}

/** The slowest files, slowest first, one per line. Pure. */
export function slowestText(times: Ran['times'], root = repositoryRoot): string {
  const most = [...times].sort((a, b) => b.ms - a.ms).slice(0, slowestCount)
  const lines = most.map(({ file, ms }) => `  ${formatDuration(ms).padStart(8)}  ${relative(root, file)}`)
  return lines.length ? `slowest files:\n${lines.join('\n')}\n` : ''
}

/** The last duration of each file, in ms by its path in the checkout. */
function readTimes(cacheDir: string): Record<string, number> {
  try {
    return JSON.parse(readFileSync(join(cacheDir, 'test-times.json'), 'utf8'))
  } catch {
    return {}
  }
}

function saveTimes(cacheDir: string, times: Ran['times']): void {
  const newer = Object.fromEntries(times.map(({ file, ms }) => [relative(repositoryRoot, file), ms]))
  mkdirSync(cacheDir, { recursive: true })
  writeFileSync(join(cacheDir, 'test-times.json'), JSON.stringify({ ...readTimes(cacheDir), ...newer }))
}

/** The test files of all packages whose path contains the filter, absolute. */
export function findTests(kind: keyof typeof kinds, filter = '', root = repositoryRoot): string[] {
  return packageFolders(root)
    .map(({ directory }) => join(directory, 'test'))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((file) => file.endsWith(kinds[kind]) && relative(root, file).includes(filter))
    .sort()
}

/**
 * The totals of one process. A file counts as one failure if it has no report (the process ended before its tests did),
 * could not be loaded, or has no tests. Pure.
 */
export function countReports(
  files: readonly string[],
  reports: readonly FileReport[],
): TestCount & { problems: string[] } {
  const problems: string[] = []
  const counts = files.map((file) => {
    const report = reports.find((each) => each.file === file)
    const problem = (text: string) => {
      problems.push(`${relative(repositoryRoot, file)}: ${text}`)
      return { passed: 0, failed: 1, skipped: 0 }
    }
    if (!report) return problem('the process ended before its tests did')
    if (report.error !== undefined) return problem('it could not be loaded')
    if (!report.total && !report.skipped) return problem('it has no tests, or its last line is not `.run()`')
    return { passed: report.passed, failed: report.total - report.passed, skipped: report.skipped }
  })
  return { ...addCounts(counts), problems }
}

function addCounts(counts: readonly TestCount[]): TestCount {
  const sum = (key: keyof TestCount) => counts.reduce((total, count) => total + count[key], 0)
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') }
}

interface Running {
  readonly signal: AbortSignal
  /** Receives the output of the process. */
  readonly write: (text: string) => void
}

async function runFiles(files: readonly string[], running: Running): Promise<Ran> {
  const folder = mkdtempSync(join(tmpdir(), 'platform-test-'))
  const report = join(folder, 'report.json')
  const worker = fileURLToPath(new URL('./test-worker.ts', import.meta.url))
  try {
    const failure = await runWorker(['--import', 'tsx', worker, report, ...files], running)
    const reports: FileReport[] = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : []
    const { problems, ...count } = countReports(files, reports)
    const times = reports.map(({ file, ms }) => ({ file, ms }))
    if (failure && !problems.length) problems.push(`the process of ${files.length} test files ended with ${failure}`)
    for (const problem of problems) running.write(`✘ ${problem}\n`)
    return { ...count, times, ...(failure && !count.failed && { failed: 1 }) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** @returns undefined on exit code 0, else the exit code or signal as text */
async function runWorker(args: readonly string[], { signal, write }: Running): Promise<string | undefined> {
  signal.throwIfAborted()
  const child = spawn(process.execPath, args, { cwd: repositoryRoot, stdio: ['ignore', 'pipe', 'pipe'] })
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', write)
  const stop = () => child.kill(signal.reason)
  signal.addEventListener('abort', stop)
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
  const failure = await new Promise<string | undefined>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, killed) => resolve(code === 0 ? undefined : (killed ?? `code ${code}`)))
  })
  clearTimeout(timer)
  signal.removeEventListener('abort', stop)
  signal.throwIfAborted()
  return failure
}
