import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ExitCode, usageError } from './errors.ts'
import type { MainContext } from './main.ts'
import { packageFolders } from './package-folders.ts'
import { repositoryRoot } from './paths.ts'
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

/**
 * `pnpm test [unit|e2e] [filter]`: the unit tests in one process, then each end-to-end file in its own, one after
 * another (they need the machine). The last line says `N passed, N failed`.
 *
 * @returns 1 when any failed, or none ran
 */
export async function runTests({ args, print, signal }: MainContext): Promise<number> {
  const [kind, filter = '', ...more] = args.filter((word) => word !== '--')
  if (more.length || (kind && kind !== 'unit' && kind !== 'e2e')) {
    throw usageError('BAD_CALL', `test takes unit or e2e and a filter, not ${args.join(' ')}`, 'pnpm test:e2e chain')
  }
  const groups: string[][] = []
  if (kind !== 'e2e') groups.push(findTests('unit', filter))
  if (kind !== 'unit') groups.push(...findTests('e2e', filter).map((file) => [file]))
  const counts: TestCount[] = []
  for (const files of groups.filter((group) => group.length)) counts.push(await runFiles(files, signal))
  const sum = addCounts(counts)
  if (!counts.length) process.stderr.write(`no test file matches "${filter}"\n`)
  print(`${sum.passed} passed, ${sum.failed} failed${sum.skipped ? `, ${sum.skipped} skipped` : ''}`)
  return sum.failed || !counts.length ? ExitCode.failed : ExitCode.done
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

async function runFiles(files: readonly string[], signal: AbortSignal): Promise<TestCount> {
  const folder = mkdtempSync(join(tmpdir(), 'platform-test-'))
  const report = join(folder, 'report.json')
  const worker = fileURLToPath(new URL('./test-worker.ts', import.meta.url))
  try {
    const ended = await runWorker(['--import', 'tsx', worker, report, ...files], signal)
    const reports: FileReport[] = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : []
    const { problems, ...count } = countReports(files, reports)
    if (ended && !problems.length) problems.push(`the process of ${files.length} test files ended with ${ended}`)
    for (const problem of problems) process.stderr.write(`✘ ${problem}\n`)
    return ended && !count.failed ? { ...count, failed: 1 } : count
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** @returns undefined if it ended with 0, else how it ended */
async function runWorker(args: readonly string[], signal: AbortSignal): Promise<string | undefined> {
  signal.throwIfAborted()
  const child = spawn(process.execPath, args, { cwd: repositoryRoot, stdio: ['ignore', 'inherit', 'inherit'] })
  const stop = () => child.kill(signal.reason)
  signal.addEventListener('abort', stop)
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs)
  const how = await new Promise<string | undefined>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, ended) => resolve(code === 0 ? undefined : (ended ?? `code ${code}`)))
  })
  clearTimeout(timer)
  signal.removeEventListener('abort', stop)
  signal.throwIfAborted()
  return how
}
