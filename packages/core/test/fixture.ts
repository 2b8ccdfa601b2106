import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { environment } from '../src/environment.ts'
import { repositoryRoot } from '../src/paths.ts'

/** A unit of the fixture: its folder's name and its dependencies. */
export interface ProbeUnit {
  readonly name: string
  readonly needs?: readonly string[]
}

/** The result of a call. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Started {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** The output on stderr so far. */
  stderr(): string
}

/** A workspace in a temporary folder: the real scripts, core, pnpmfile and turbo.json, and units from probe-unit.ts. */
export interface Fixture {
  readonly root: string
  start(words: readonly string[], env?: Readonly<Record<string, string>>, options?: SpawnOptions): Started
  call(words: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>
  remove(): void
}

/**
 * Creates the workspace. Its node_modules link to this checkout's: nothing is installed, and nothing changes here.
 */
export function createFixture(units: readonly ProbeUnit[]): Fixture {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'platform-chain-')))
  const at = (...path: string[]) => join(root, ...path)
  for (const path of [
    '.pnpmfile.cjs',
    'turbo.json',
    'tsconfig.json',
    'scripts',
    'packages/core/src',
    'packages/core/package.json',
  ]) {
    cpSync(join(repositoryRoot, path), at(path), { recursive: true })
  }
  const manifest = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8'))
  writeJson(at('package.json'), { ...manifest, devDependencies: { turbo: 'catalog:', tsx: 'catalog:' } })
  // Dependencies are linked below: pnpm must not check or install them.
  const workspace = readFileSync(join(repositoryRoot, 'pnpm-workspace.yaml'), 'utf8')
  writeFileSync(at('pnpm-workspace.yaml'), workspace.replace(/verifyDepsBeforeRun: .*/, 'verifyDepsBeforeRun: false'))
  cpSync(join(repositoryRoot, 'pnpm-lock.yaml'), at('pnpm-lock.yaml'))
  // One link per package instead of one for the folder: pnpm may write into the fixture's node_modules.
  for (const folder of ['node_modules', 'packages/core/node_modules']) {
    for (const name of readdirSync(join(repositoryRoot, folder)).filter((each) => /^[a-z]/.test(each))) {
      link(join(repositoryRoot, folder, name), at(folder, name))
    }
  }
  link(at('packages/core'), at('node_modules/@platform/core'))
  for (const unit of units) createUnit(root, unit)
  writeJson(at('node_modules/.pnpm-workspace-state-v1.json'), {})
  const env = fixtureEnvironment()
  const start: Fixture['start'] = (words, extra = {}, options = {}) => {
    const child = spawn(process.execPath, [pnpmScript(), ...words], {
      cwd: root,
      env: { ...env, ...extra },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...options,
    })
    let stdout = ''
    let stderr = ''
    child.stdout?.on('data', (chunk) => (stdout += chunk))
    child.stderr?.on('data', (chunk) => (stderr += chunk))
    const ended = new Promise<Ended>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
    })
    return { child, ended, stderr: () => stderr }
  }
  return {
    root,
    start,
    call: (words, extra) => start(words, extra).ended,
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}

/** The pnpm that runs these tests. */
function pnpmScript(): string {
  const script = environment().npm_execpath
  if (script && /pnpm[^/]*\.c?js$/.test(script)) return script
  throw new Error('these tests run pnpm: start them with `pnpm test:e2e chain`')
}

/** The environment without pnpm's variables and without a pnpm on PATH, as on a bare machine. */
function fixtureEnvironment(): Record<string, string | undefined> {
  const kept = Object.entries(environment()).filter(
    ([name]) => !/^(npm_|PNPM_|TURBO_|RUN_DIR$|ENV_FILE$|CI$|NO_COLOR$)/.test(name),
  )
  const { PATH = '', ...rest } = Object.fromEntries(kept)
  const path = PATH.split(':').filter((folder) => !existsSync(join(folder, 'pnpm')))
  return { ...rest, PATH: path.join(':') }
}

function createUnit(root: string, { name, needs = [] }: ProbeUnit): void {
  const folder = join(root, 'packages', name)
  const workspaceDependencies = ['core', ...needs].map((each) => [`@platform/${each}`, 'workspace:*'])
  const scripts = Object.fromEntries(
    ['up', 'down', 'verify'].map((verb) => [verb, `node --import tsx src/main.ts ${verb}`]),
  )
  writeJson(join(folder, 'package.json'), {
    ...{
      name: `@platform/${name}`,
      version: '0.0.0',
      private: true,
      type: 'module',
      platform: { unit: true },
      scripts,
    },
    dependencies: Object.fromEntries(workspaceDependencies),
  })
  const source = join(dirname(fileURLToPath(import.meta.url)), 'probe-unit.ts')
  mkdirSync(join(folder, 'src'), { recursive: true })
  writeFileSync(
    join(folder, 'src/unit.ts'),
    readFileSync(source, 'utf8').replaceAll("'../src/index.ts'", "'@platform/core'").replaceAll('PROBE_NAME', name),
  )
  writeFileSync(
    join(folder, 'src/main.ts'),
    "import { runUnit } from '@platform/core'\nimport { unit } from './unit.ts'\n\nawait runUnit(unit)\n",
  )
}

function link(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true })
  symlinkSync(from, to)
}

function writeJson(file: string, data: object): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(data, null, 2)}\n`)
}
