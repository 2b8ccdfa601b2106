import { mkdirSync, readFileSync, renameSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { PlatformError, type Runner, repositoryRoot } from '@platform/core'
import { filesOf, settleFile } from './entry.ts'
import { explainGoError } from './go-errors.ts'
import type { GoInstallation } from './go-installation.ts'
import { buildFlags, goEnvironment, linkerFlags, modulesFile, type Pins } from './pins.ts'
import type { GoUnit } from './units.ts'

export interface GoBuild {
  readonly pins: Pins
  readonly unit: GoUnit
  /** The folder that becomes the entry. */
  readonly folder: string
  readonly go: GoInstallation
  readonly runner: Runner
  /** Told how far it is: a share between 0 and 1, and in words. */
  readonly progress: (share: number, message: string) => void
  readonly signal?: AbortSignal
}

/** Builds a unit's programs into `folder/files`. What is compiled stays in Go's own cache: the next try goes on from there. */
export async function buildGo(build: GoBuild): Promise<void> {
  try {
    const packages = await listPackages(build)
    assertModulesRecorded(build, packages)
    const programs = packages.filter(({ name }) => name === 'main').length
    await compile(build, packages.filter(({ stale }) => stale).length - programs)
  } catch (error) {
    throw build.signal?.aborted ? build.signal.reason : explainGoError(error, describe(build))
  }
}

/** The cache as the user knows it: the temporary folder is gone when they read it. */
function describe({ unit, go, folder }: GoBuild) {
  return { unit: unit.name, go, folder: dirname(dirname(folder)) }
}

interface ListedPackage {
  readonly path: string
  readonly name: string
  readonly stale: boolean
  readonly module: string
}

/** Downloads what is missing, and says which packages there are and which of them are not compiled yet. */
async function listPackages({ unit, folder, runner, progress, signal, go }: GoBuild): Promise<ListedPackage[]> {
  let modules = 0
  progress(0, `modules from ${go.proxy || 'the module cache'}`)
  const format = '{{.ImportPath}}\t{{.Name}}\t{{.Stale}}\t{{with .Module}}{{.Path}}{{end}}'
  const { stdout } = await runner.run(
    [go.command, 'list', '-deps', ...buildFlags, '-f', format, ...Object.keys(unit.programs)],
    {
      cwd: join(repositoryRoot, unit.folder),
      env: environment(folder, go),
      signal,
      onLine(line, stream) {
        if (stream !== 'stderr' || !line.startsWith('go: downloading ')) return
        modules += 1
        progress(0, `${modules} modules downloaded, now ${line.slice('go: downloading '.length)}`)
      },
    },
  )
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.split('\t'))
    .map(([path = '', name = '', stale, module = '']) => ({ path, name, stale: stale === 'true', module }))
}

/** The key is taken of the modules in modules.json: one that is not there could change unnoticed. */
function assertModulesRecorded({ unit, pins }: GoBuild, packages: readonly ListedPackage[]): void {
  const main = new Set(['', ...packages.filter(({ path }) => path.startsWith('platform.local/')).map((p) => p.module)])
  const missing = [...new Set(packages.map(({ module }) => module))].filter((m) => !main.has(m) && !pins.inputs[m])
  if (missing.length === 0) return
  throw new PlatformError(
    'PINS_OUT_OF_DATE',
    `${unit.folder}/${modulesFile} does not list what ${unit.name} is made of: ${missing.join(', ')}`,
    { hint: 'pnpm toolchain:pins' },
  )
}

async function compile({ unit, pins, folder, runner, progress, signal, go }: GoBuild, stale: number): Promise<void> {
  const out = filesOf(folder)
  mkdirSync(out, { recursive: true })
  let compiled = 0
  const say = () => {
    if (compiled >= stale) progress(0.97, 'linking')
    else progress((0.95 * compiled) / stale, `${compiled} of ${stale} packages compiled`)
  }
  say()
  const flags = [...buildFlags, '-v', '-ldflags', linkerFlags(unit, pins.version), '-o', `${out}/`]
  await runner.run([go.command, 'build', ...flags, ...Object.keys(unit.programs)], {
    cwd: join(repositoryRoot, unit.folder),
    env: environment(folder, go),
    signal,
    onLine(line, stream) {
      if (stream !== 'stderr' || !/^[\w.]+[\w./~-]*$/.test(line)) return
      compiled += 1
      say()
    },
  })
  for (const [path, program] of Object.entries(unit.programs)) {
    const target = join(out, program)
    renameSync(join(out, defaultName(path, unit)), target)
    settleFile(target)
  }
}

/** What `go build` calls the program of a package: its last element, without a major version. */
function defaultName(path: string, unit: GoUnit): string {
  const full = path === '.' ? moduleOf(unit) : path
  return basename(/\/v\d+$/.test(full) ? full.replace(/\/v\d+$/, '') : full)
}

function moduleOf(unit: GoUnit): string {
  const text = readFileSync(join(repositoryRoot, unit.folder, 'go.mod'), 'utf8')
  return /^module\s+(\S+)/m.exec(text)?.[1] ?? unit.name
}

function environment(folder: string, go: GoInstallation): Record<string, string | undefined> {
  const temporary = join(folder, 'go-tmp')
  mkdirSync(temporary, { recursive: true })
  const GOGC = garbageCollection(readFileSync('/proc/meminfo', 'utf8'))
  return { ...goEnvironment, ...go.env, GOTMPDIR: temporary, GOGC }
}

/**
 * Go's compiler is quicker without garbage collection, but keeps all it ever allocated: up to 3 GB in one process.
 *
 * @param meminfo the text of /proc/meminfo
 * @returns a value for GOGC; undefined for Go's own
 */
export function garbageCollection(meminfo: string, cpus = availableParallelism()): string | undefined {
  const available = Number(/^MemAvailable:\s+(\d+) kB/m.exec(meminfo)?.[1] ?? 0) / 1024 ** 2
  return available >= Math.max(12, 3 * cpus) ? 'off' : undefined
}
