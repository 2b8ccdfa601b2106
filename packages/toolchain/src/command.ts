import { basename, resolve } from 'node:path'
import {
  loadSettings,
  type MainContext,
  PlatformError,
  repositoryRoot,
  type Settings,
  stderrEmit,
  systemRunner,
  usageError,
} from '@platform/core'
import { buildToolchain } from './build.ts'
import { describeToolchain, type ProgramOrigin } from './describe.ts'
import { recordModules } from './record-modules.ts'
import { recordReleases } from './record-releases.ts'
import { toolchainLocation, toolchainState } from './state.ts'
import { exportToolchain, importToolchain, type Transfer } from './transfer.ts'

const HELP = `pnpm toolchain:build [--verify] [--json]   get what is missing; --verify: read and compare all that is there
pnpm toolchain:status [--json]             each program, its version, and whether it is upstream's release or was built
pnpm toolchain:key                         a hash of all pins, for the key of a cache
pnpm toolchain:export FILE [--json]        write the toolchain to one file (.tar.zst or .tar.gz)
pnpm toolchain:import FILE [--json]        take such a file into the cache
pnpm toolchain:pins [--releases]           after a change of a go.mod: record which unit uses which module;
                                           --releases: and the digests that the upstreams publish of their binaries
Settings: TOOLCHAIN_SOURCE, TOOLCHAIN_RELEASE_MIRROR, CACHE_DIR (.env.example)
`

/** The whole of scripts/toolchain.ts: `build`, `status`, `key`, `export FILE`, `import FILE`, `pins`. */
export async function toolchainCommand({ args, env, signal, print }: MainContext): Promise<undefined> {
  const [verb = '', ...rest] = args.filter((word) => word !== '--')
  const options = rest.filter((word) => word.startsWith('-'))
  const files = rest.filter((word) => !word.startsWith('-'))
  if (options.includes('--help') || options.includes('-h') || verb === '--help') {
    print(HELP)
    return
  }
  assertCall(verb, options, files)
  const json = options.includes('--json')
  const { emit, end } = stderrEmit(env)
  const context = { settings: loadSettings({ env }), runner: systemRunner, emit, signal }
  try {
    if (verb === 'pins') {
      for (const file of await recordModules(context)) print(file)
      if (options.includes('--releases')) print(await recordReleases(context))
    } else if (verb === 'key') {
      print(toolchainLocation(context.settings).id)
    } else if (verb === 'status') {
      const programs = await builtPrograms(context.settings)
      print(json ? JSON.stringify(programs) : table(programs))
    } else if (verb === 'build') {
      const result = await buildToolchain({ ...context, verify: options.includes('--verify') })
      end()
      print(json ? JSON.stringify({ ...result.toolchain, units: result.units }) : result.toolchain.bin)
    } else {
      // pnpm runs scripts in the root of the checkout; INIT_CWD is where the user is
      const file = resolve(env.INIT_CWD ?? repositoryRoot, files[0] ?? '')
      const transfer = await (verb === 'export' ? exportToolchain : importToolchain)(file, context)
      end()
      print(json ? JSON.stringify(transfer) : say(transfer))
    }
  } finally {
    end()
  }
}

function assertCall(verb: string, options: readonly string[], files: readonly string[]): void {
  const allowed: Record<string, readonly string[]> = {
    build: ['--verify', '--json'],
    status: ['--json'],
    key: [],
    export: ['--json'],
    import: ['--json'],
    pins: ['--releases'],
  }
  const known = allowed[verb]
  if (!known) throw usageError('INVALID_ARGUMENTS', `there is no toolchain:${verb}`, 'pnpm toolchain:build --help')
  const wrong = options.find((option) => !known.includes(option))
  if (wrong) throw usageError('INVALID_ARGUMENTS', `toolchain:${verb} has no ${wrong}`, 'pnpm toolchain:build --help')
  const expected = verb === 'export' || verb === 'import' ? 1 : 0
  if (files.length === expected) return
  const example = `pnpm toolchain:${verb}${expected ? ' toolchain.tar.zst' : ''}`
  throw usageError('INVALID_ARGUMENTS', `toolchain:${verb} takes ${expected ? 'one file' : 'no file'}`, example)
}

/** @throws PlatformError TOOLCHAIN_INCOMPLETE */
async function builtPrograms(settings: Settings): Promise<ProgramOrigin[]> {
  const { missing } = await toolchainState(settings)
  if (missing.length === 0) return describeToolchain(settings)
  throw new PlatformError('TOOLCHAIN_INCOMPLETE', `the toolchain lacks ${missing.join(', ')}`, {
    hint: 'pnpm toolchain:build',
  })
}

function table(programs: readonly ProgramOrigin[]): string {
  const rows = programs.map(({ program, version, source, verified, url }) => [
    program,
    version,
    source === 'release' ? `release, ${verified} SHA-256` : source,
    url ?? '',
  ])
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, n) => cell.padEnd(widths[n] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function say({ file, bytes, sha256 }: Transfer): string {
  return `${sha256}  ${basename(file)} (${Math.round(bytes / 1e6)} MB)`
}
