import { writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * Arguments: `<report> <file>…`. Runs the uvu files one after another in this process and writes their results to the
 * report. uvu's own runner only has the sum of all files, and does not notice a file without `.run()`.
 */
export interface FileReport {
  readonly file: string
  readonly total: number
  readonly passed: number
  readonly skipped: number
  /** Includes loading. */
  readonly ms: number
  /** The file could not be loaded. */
  readonly error?: string
}

interface UvuGlobals {
  UVU_DEFER: number
  UVU_QUEUE: unknown[][]
  UVU_INDEX: number
}

const [report = '', ...files] = process.argv.slice(2)
const globals = globalThis as unknown as UvuGlobals
globals.UVU_DEFER = 1
const { exec } = (await import('uvu')) as unknown as { exec(bail?: boolean): Promise<void> }
const reports: FileReport[] = []
for (const file of files) {
  globals.UVU_QUEUE = [[relative(process.cwd(), file)]]
  globals.UVU_INDEX = 0
  const started = performance.now()
  reports.push({ file, ...(await runFile(file)), ms: Math.round(performance.now() - started) })
  writeFileSync(report, JSON.stringify(reports))
}
process.exit(0)

async function runFile(file: string): Promise<Omit<FileReport, 'file' | 'ms'>> {
  try {
    await import(pathToFileURL(file).href)
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    process.stdout.write(`${relative(process.cwd(), file)}\n${text}\n`)
    return { total: 0, passed: 0, skipped: 0, error: text }
  }
  const output = await captured(() => exec())
  const sum = (label: string) => Number(output.match(new RegExp(`^  ${label}: +(\\d+)`, 'm'))?.[1] ?? 0)
  return { total: sum('Total'), passed: sum('Passed'), skipped: sum('Skipped') }
}

/** Returns what `work` writes to stdout, which is still shown as it comes. */
async function captured(work: () => Promise<void>): Promise<string> {
  const write = process.stdout.write
  let text = ''
  process.stdout.write = ((chunk: string | Uint8Array, ...rest: never[]) => {
    text += chunk.toString()
    return write.call(process.stdout, chunk, ...rest)
  }) as typeof write
  try {
    await work()
  } finally {
    process.stdout.write = write
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern removes colors.
  return text.replaceAll(/\u001b\[\d+m/g, '')
}
