import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import {
  type Emit,
  loadSettings,
  type MainContext,
  PlatformError,
  repositoryRoot,
  type Settings,
  stderrEmit,
  systemRunner,
  usageError,
} from '@platform/core'
import { toolchainLocation } from '@platform/toolchain'
import { buildImage } from './build.ts'
import type { ImageDefinition } from './definition.ts'
import { cacheEntry, readEntry } from './image-cache.ts'
import type { LoadedImage } from './load.ts'
import { provideImages } from './provide.ts'
import { normalizeReference } from './reference.ts'
import { chooseImages } from './resolve.ts'
import { workspaceImages } from './workspace-images.ts'

const HELP = `pnpm images list [NAME…] [--json]    every image, and how it would be had here: upstream, archive, rebuilt, stand-in
pnpm images build [NAME…] [--json]   build what can be rebuilt or has a stand-in, whatever a registry has; prints the archives
pnpm images load --containerd SOCKET [--ctr PATH] [NAME…] [--json]
                                     load into any containerd, in Kubernetes' namespace, under the upstream's references
pnpm -s … for a clean stdout. Settings: IMAGE_ARCHIVES, IMAGE_REGISTRY, REQUIRE_UPSTREAM, DEBIAN_MIRROR (.env.example)
`

interface Call {
  readonly verb: string
  readonly names: readonly string[]
  readonly json: boolean
  readonly containerd?: string
  readonly ctr?: string
}

interface Context {
  /** Where the user is: pnpm runs scripts in the root of the checkout. */
  readonly cwd: string
  readonly settings: Settings
  readonly runner: typeof systemRunner
  readonly emit: Emit
  readonly signal: AbortSignal
  readonly toolchain: { readonly bin: string }
}

/** The whole of scripts/images.ts: `list`, `build`, `load`. */
export async function imagesCommand({ args, env, signal, print }: MainContext): Promise<undefined> {
  const call = parseCall(args.filter((word) => word !== '--'))
  if (!call) {
    print(HELP)
    return
  }
  const settings = loadSettings({ env })
  const definitions = select(await workspaceImages(repositoryRoot), call.names)
  const { emit, end } = stderrEmit(env)
  const cwd = env.INIT_CWD ?? repositoryRoot
  const context = { cwd, settings, runner: systemRunner, emit, signal, toolchain: toolchainLocation(settings) }
  try {
    const rows = await verbs[call.verb]?.(definitions, context, call)
    end()
    print(call.json ? JSON.stringify(rows) : table(rows ?? []))
  } finally {
    end()
  }
}

type Row = Readonly<Record<string, unknown>>

const verbs: Readonly<Record<string, (images: ImageDefinition[], context: Context, call: Call) => Promise<Row[]>>> = {
  async list(definitions, context) {
    const settings = { ...context.settings, REQUIRE_UPSTREAM: false }
    const chosen = await chooseImages(definitions, { ...context, settings })
    const fidelityOf = new Map(chosen.map(({ image }) => [image.reference, image.fidelity]))
    return Promise.all(
      definitions.map(async (definition) => {
        const reference = normalizeReference(definition.upstream)
        const recipe = definition.rebuilt ?? definition.standIn
        const entry = recipe && (await cacheEntry({ settings, bin: context.toolchain.bin }, definition, recipe))
        const built = entry ? (readEntry(entry)?.archive ?? '') : ''
        return { name: definition.name, fidelity: fidelityOf.get(reference), reference, archive: built }
      }),
    )
  },
  async build(definitions, context) {
    const rows: Row[] = []
    for (const definition of definitions) {
      const fidelity = definition.rebuilt ? 'rebuilt' : 'stand-in'
      const image = await buildImage({ ...context, bin: context.toolchain.bin }, definition, fidelity)
      rows.push({ ...image })
    }
    return rows
  },
  async load(definitions, context, { containerd, ctr }) {
    if (!containerd) {
      throw usageError('CONTAINERD_UNREACHABLE', 'load where to? --containerd SOCKET is missing', 'pnpm images --help')
    }
    const socket = resolve(context.cwd, containerd)
    if (!existsSync(socket)) {
      throw usageError(
        'CONTAINERD_UNREACHABLE',
        `--containerd ${socket}: there is no such socket`,
        'ls /run/containerd',
      )
    }
    // A bare name is looked for on PATH.
    const program = ctr?.includes('/') ? resolve(context.cwd, ctr) : (ctr ?? join(context.toolchain.bin, 'ctr'))
    if (program.includes('/') && !existsSync(program)) {
      throw new PlatformError('CTR_MISSING', `there is no ${program}; --ctr names another one`, {
        hint: 'pnpm toolchain:build',
      })
    }
    const loaded: LoadedImage[] = await provideImages(definitions, { ...context, containerd: socket, ctr: program })
    return loaded.map((image) => ({ ...image }))
  },
}

function parseCall(words: readonly string[]): Call | undefined {
  const options = {
    json: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
    containerd: { type: 'string' },
    ctr: { type: 'string' },
  } as const
  let parsed: ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>>
  try {
    parsed = parseArgs({ args: [...words], options, allowPositionals: true })
  } catch (error) {
    throw usageError('INVALID_ARGUMENTS', error instanceof Error ? error.message : String(error), 'pnpm images --help')
  }
  const { values, positionals } = parsed
  const [verb = '', ...names] = positionals
  if (values.help || !words.length) return undefined
  if (!verbs[verb]) throw usageError('INVALID_ARGUMENTS', `there is no images ${verb}`, 'pnpm images --help')
  if (verb !== 'load' && (values.containerd || values.ctr)) {
    throw usageError('INVALID_ARGUMENTS', '--containerd and --ctr belong to `pnpm images load`', 'pnpm images --help')
  }
  return { verb, names, json: values.json === true, containerd: values.containerd, ctr: values.ctr }
}

function select(definitions: ImageDefinition[], names: readonly string[]): ImageDefinition[] {
  const unknown = names.filter((name) => !definitions.some((definition) => definition.name === name))
  if (unknown.length) {
    const exist = definitions.map(({ name }) => name).join(', ')
    throw usageError(
      'UNKNOWN_COMPONENT',
      `no image is called ${unknown.join(', ')}; there are: ${exist}`,
      'pnpm images list',
    )
  }
  return names.length ? definitions.filter(({ name }) => names.includes(name)) : definitions
}

function table(rows: readonly Row[]): string {
  const columns = ['name', 'fidelity', 'reference', 'archive', 'digest']
  const shown = columns.filter((column) => rows.some((row) => row[column]))
  const lines = rows.map((row) => shown.map((column) => String(row[column] || '-')))
  const width = (i: number) => Math.max(...lines.map((cells) => cells[i]?.length ?? 0))
  return lines
    .map((cells) =>
      cells
        .map((cell, i) => cell.padEnd(width(i)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
