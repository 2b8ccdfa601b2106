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

/** What a set of test files came to. */
export interface TestCount {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

const kinds = { unit: '.test.ts', e2e: '.e2e.ts' } as const

/** How long one process of tests may take, in ms: one that hangs is a failure with a name. */
const limitMs = 40 * 60_000

/** At the same time: the machine has two cores at least, and a test on a cluster mostly waits. */
const together = 2

/** Files in the list of the slowest at the end. */
const slowest = 10

/** What a file says in its first lines when nothing may run beside it, with the reason. */
const alone = /^\/\/ Runs alone: /m

/** A group of files for one process, and what came of it. */
interface Group {
  readonly files: readonly string[]
  readonly alone: boolean
}

interface Ran extends TestCount {
  readonly times: readonly { readonly file: string; readonly ms: number }[]
}

/**
 * `pnpm test [unit|e2e] [filter] [--within <minutes>]`: the unit tests in two processes, then each end-to-end file in its
 * own, two at a time, the longest first. Files that can't be begun within the time are skipped, named and counted. The
 * last line says `N passed, N failed`, after the slowest files.
 *
 * @returns 1 when any failed, or none ran
 */
export async function runTests({ args, print, signal, env }: MainContext): Promise<number> {
  const started = performance.now()
  const { kind, filter, withinMs } = wordsOf(args)
  const { cacheDir } = loadSettings({ env })
  const unit = kind === 'e2e' ? [] : findTests('unit', filter)
  const known = readTimes(cacheDir)
  const length = (file: string) => known[relative(repositoryRoot, file)] ?? sizeOf(file)
  const e2e = kind === 'unit' ? [] : findTests('e2e', filter).sort((a, b) => length(b) - length(a))
  const groups: Group[] = [
    ...shared(unit, length).map((files) => ({ files, alone: false })),
    ...e2e.map((file) => ({ files: [file], alone: alone.test(readFileSync(file, 'utf8')) })),
  ]
  // Before any test: those that need a tool of the toolchain would be skipped.
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
  const left = await runPool(work, {
    together,
    signal,
    isLate: () => withinMs !== undefined && performance.now() - started > withinMs,
    write: (text) => void process.stderr.write(text),
  })
  const times = counts.flatMap((count) => count.times)
  rememberTimes(cacheDir, times)
  if (left.length) process.stderr.write(`skipped, no time left: ${left.join(', ')}\n`)
  process.stderr.write(slowestText(times))
  const { passed, failed, skipped } = addCounts(counts)
  const all = skipped + left.length
  if (!groups.length) process.stderr.write(`no test file matches "${filter}"\n`)
  print(`${passed} passed, ${failed} failed${all ? `, ${all} skipped` : ''}`)
  return failed || !counts.length ? ExitCode.failed : ExitCode.done
}

/** Builds the missing parts of the toolchain. A failure is printed, and the tests that need those parts fail. */
async function buildToolchain(signal: AbortSignal): Promise<void> {
  const script = join(repositoryRoot, 'scripts', 'toolchain.ts')
  const write = (text: string) => void process.stderr.write(text)
  const ended = await runWorker(['--import', 'tsx', script, 'build'], { signal, write })
  if (ended) write(`toolchain:build ended with ${ended}\n`)
}

/** @throws PlatformError INVALID_ARGUMENTS */
function wordsOf(args: readonly string[]) {
  const words = args.filter((word) => word !== '--')
  const at = words.indexOf('--within')
  const [, minutes] = at < 0 ? [] : words.splice(at, 2)
  const [kind, filter = '', ...more] = words
  const isWrong = more.length || (kind && kind !== 'unit' && kind !== 'e2e') || (at >= 0 && !(Number(minutes) > 0))
  if (isWrong) {
    const message = `test takes unit or e2e, a filter and --within <minutes>, not ${args.join(' ')}`
    throw usageError('INVALID_ARGUMENTS', message, 'pnpm test:e2e chain')
  }
  return { kind, filter, withinMs: minutes === undefined ? undefined : Number(minutes) * 60_000 }
}

/** In place of a time that is not known: bytes of the file, and of the folder of its name that holds its rows. */
function sizeOf(file: string): number {
  const folder = file.replace(/\.[^/]*$/, '')
  const rows = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []
  return [file, ...rows].reduce((sum, each) => sum + statSync(each).size, 0)
}

/** Two lists that take about the same time: the longest file first, each to the list that has less. Pure. */
export function shared(files: readonly string[], length: (file: string) => number): string[][] {
  const lists = [0, 1].map(() => ({ files: [] as string[], sum: 0 }))
  for (const file of [...files].sort((a, b) => length(b) - length(a))) {
    const [shortest] = lists.sort((a, b) => a.sum - b.sum)
    shortest?.files.push(file)
    if (shortest) shortest.sum += length(file)
  }
  return lists.map((list) => list.files).filter((list) => list.length)
}

/** The slowest files, the slowest first, a line each. Pure. */
export function slowestText(times: Ran['times'], root = repositoryRoot): string {
  const most = [...times].sort((a, b) => b.ms - a.ms).slice(0, slowest)
  const lines = most.map(({ file, ms }) => `  ${formatDuration(ms).padStart(8)}  ${relative(root, file)}`)
  return lines.length ? `slowest files:\n${lines.join('\n')}\n` : ''
}

/** How long each file took the last time, in ms by its path in the checkout. */
function readTimes(cacheDir: string): Record<string, number> {
  try {
    return JSON.parse(readFileSync(join(cacheDir, 'test-times.json'), 'utf8'))
  } catch {
    return {}
  }
}

function rememberTimes(cacheDir: string, times: Ran['times']): void {
  const newer = Object.fromEntries(times.map(({ file, ms }) => [relative(repositoryRoot, file), ms]))
  mkdirSync(cacheDir, { recursive: true })
  writeFileSync(join(cacheDir, 'test-times.json'), JSON.stringify({ ...readTimes(cacheDir), ...newer }))
}

/** The test files of all packages whose path has the filter in it, absolute. */
export function findTests(kind: keyof typeof kinds, filter = '', root = repositoryRoot): string[] {
  return packageFolders(root)
    .map(({ directory }) => join(directory, 'test'))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((file) => file.endsWith(kinds[kind]) && relative(root, file).includes(filter))
    .sort()
}

/**
 * What the reports of one process come to. A file without a report (the process ended in it or before it), one that
 * could not be loaded and one that tested nothing are a failure each. Pure.
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
    if (!report) return problem('the process ended before its tests had')
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
  /** Takes what the process writes. */
  readonly write: (text: string) => void
}

async function runFiles(files: readonly string[], running: Running): Promise<Ran> {
  const folder = mkdtempSync(join(tmpdir(), 'platform-test-'))
  const report = join(folder, 'report.json')
  const worker = fileURLToPath(new URL('./test-worker.ts', import.meta.url))
  try {
    const ended = await runWorker(['--import', 'tsx', worker, report, ...files], running)
    const reports: FileReport[] = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : []
    const { problems, ...count } = countReports(files, reports)
    const times = reports.map(({ file, ms }) => ({ file, ms }))
    if (ended && !problems.length) problems.push(`the process of ${files.length} test files ended with ${ended}`)
    for (const problem of problems) running.write(`✘ ${problem}\n`)
    return { ...count, times, ...(ended && !count.failed && { failed: 1 }) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** @returns undefined if it ended with 0, else how it ended */
async function runWorker(args: readonly string[], { signal, write }: Running): Promise<string | undefined> {
  signal.throwIfAborted()
  const child = spawn(process.execPath, args, { cwd: repositoryRoot, stdio: ['ignore', 'pipe', 'pipe'] })
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', write)
  const stop = () => child.kill(signal.reason)
  signal.addEventListener('abort', stop)
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs)
  const how = await new Promise<string | undefined>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, ended) => resolve(code === 0 ? undefined : (ended ?? `code ${code}`)))
  })
  clearTimeout(timer)
  signal.removeEventListener('abort', stop)
  signal.throwIfAborted()
  return how
}
