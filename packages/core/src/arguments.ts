import { usageError } from './errors.ts'
import { everything } from './workspace.ts'

export type Verb = 'up' | 'down' | 'plan' | 'verify' | 'drill'

/** What a person typed after the verb. */
export interface VerbArguments {
  readonly names: readonly string[]
  /** Print the result as one JSON document. */
  readonly json: boolean
  /** Print the plan and change nothing. */
  readonly dryRun: boolean
  /** `down`: delete the data too. */
  readonly purge: boolean
  /** False with `--no-deps`: without dependencies or, for `down`, without dependents. */
  readonly deps: boolean
  /** Write a JUnit report to this file. */
  readonly junit: string | undefined
  /** `drill`: run only the drill with this id. */
  readonly only: string | undefined
  /** `drill`: maximum concurrency. */
  readonly jobs?: string
  /** `drill`: run only this many, chosen by the seed. */
  readonly sample?: string
  /** `drill`: determines the sample, and the order when time runs short. */
  readonly seed?: string
  /** `drill`: time budget in minutes. */
  readonly within?: string
  /** `verify`: run only the checks of this proof: those whose ids begin with it. */
  readonly proof?: string
  /** `drill`: the context of the cluster that may be disturbed. */
  readonly yesDisrupt: string | undefined
}

const options = {
  json: ['--json', 'print the result as one JSON document on stdout'],
  dryRun: ['--dry-run', 'print the exact plan and change nothing'],
  purge: ['--purge', 'delete the data too: state, volumes, credentials'],
  noDeps: ['--no-deps', 'only what is named, without its dependencies'],
  noDependents: ['--no-deps', 'only what is named, without its dependents'],
  junit: ['--junit <file>', 'also write a JUnit report'],
  only: ['--only <id>', 'run only the drill with this id; faults: all faults at once'],
  jobs: ['--jobs <n>', 'maximum number of drills that run at the same time'],
  sample: ['--sample <n>', 'run only n drills, chosen by the seed; skip the others'],
  seed: ['--seed <text>', 'seed of an earlier run: repeats its sample, and its order when time runs short'],
  within: ['--within <minutes>', 'time budget; when it runs short, drills are sampled and the others skipped'],
  proof: ['--proof <name>', 'run only one proof: panels, alerts, limits, round-trip, contract'],
  contract: ['--contract', 'same as --proof contract'],
  write: ['--write', 'with --contract: write the list of series that rules and dashboards need'],
  yesDisrupt: ['--yes-disrupt <context>', 'with TARGET=context: allow disruption of the cluster of this context'],
} as const

const unset: VerbArguments = {
  ...{ names: [], json: false, dryRun: false, purge: false, deps: true },
  ...{ junit: undefined, only: undefined, yesDisrupt: undefined },
}

interface Contract {
  readonly contract?: boolean
  readonly write?: boolean
}

/** Verbs that default to all units: they change nothing, or revert what they change. */
const defaultToAll: ReadonlySet<Verb> = new Set(['verify', 'drill'])

const verbs: Readonly<Record<Verb, { description: string; options: readonly (keyof typeof options)[] }>> = {
  up: {
    description: 'Brings up the named units and their dependencies.',
    options: ['json', 'dryRun', 'noDeps', 'junit'],
  },
  down: {
    description: 'Takes down the named units, dependents first; keeps the data unless --purge.',
    options: ['json', 'dryRun', 'purge', 'noDependents', 'junit'],
  },
  plan: {
    description: 'Shows what up would do: exits with 0 for no changes, 3 for changes.',
    options: ['json', 'noDeps'],
  },
  verify: {
    description: 'Runs the checks against the running system.',
    options: ['json', 'junit', 'proof', 'contract', 'write'],
  },
  drill: {
    description: 'Breaks the running system on purpose: verify must detect each fault, and up must repair it.',
    options: ['json', 'junit', 'only', 'jobs', 'sample', 'seed', 'within', 'yesDisrupt'],
  },
}

/**
 * Parses the arguments after a verb.
 *
 * @returns the arguments, or the help text for `--help`
 * @throws PlatformError INVALID_ARGUMENTS, exit code 2
 */
export async function parseArguments(
  verb: Verb,
  words: readonly string[],
): Promise<VerbArguments | { readonly help: string }> {
  // `pnpm up cluster`, which mostly has nothing to do, does not wait for commander to load.
  if (words.every((word) => !word.startsWith('-'))) return { ...unset, names: named(verb, words) }
  const { Command, CommanderError } = await import('commander')
  let help = ''
  const command = new Command(`pnpm ${verb}`)
    .description(verbs[verb].description)
    .argument('[names...]', 'components, the cluster, or all')
    .exitOverride()
    .configureOutput({ writeOut: (text) => (help += text), writeErr: () => {}, getOutHelpWidth: () => 100 })
  for (const name of verbs[verb].options) {
    const [flags, description] = options[name]
    command.option(flags, description)
  }
  try {
    command.parse(words.filter(isNotSeparator), { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return { help }
    throw usageError('INVALID_ARGUMENTS', error.message.replace(/^error: /, ''), `pnpm run ${verb} --help`)
  }
  const { contract, write, ...given } = command.opts<Partial<Omit<VerbArguments, 'names'>> & Contract>()
  // scripts/verify.ts handles `--contract --write` before this: here --write is always wrong.
  if (write) throw usageError('INVALID_ARGUMENTS', '--write requires --contract', 'pnpm run verify --contract --write')
  return { ...unset, ...given, ...(contract && { proof: 'contract' }), names: named(verb, command.args) }
}

function named(verb: Verb, names: readonly string[]): readonly string[] {
  return names.length || !defaultToAll.has(verb) ? names : [everything]
}

/** `pnpm up all -- --json`: pnpm passes the separator on, and our options may be on both sides of it. */
function isNotSeparator(word: string): boolean {
  return word !== '--'
}
