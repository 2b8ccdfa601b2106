import { usageError } from './errors.ts'
import { everything } from './workspace.ts'

export type Verb = 'up' | 'down' | 'plan' | 'verify' | 'drill'

/** What a person typed after the verb. */
export interface VerbArguments {
  readonly names: readonly string[]
  /** Print the result as one JSON document. */
  readonly json: boolean
  /** Say what would be done and end. */
  readonly dryRun: boolean
  /** `down`: the data too. */
  readonly purge: boolean
  /** False with `--no-deps`: what is named, without what it needs or, at `down`, what needs it. */
  readonly deps: boolean
  /** Write a JUnit report to this file. */
  readonly junit: string | undefined
  /** `drill`: the one with this id. */
  readonly only: string | undefined
  /** `drill`: how many at the same time at most. */
  readonly jobs?: string
  /** `drill`: only so many, chosen by the seed. */
  readonly sample?: string
  /** `drill`: decides the sample, and the order when time runs short. */
  readonly seed?: string
  /** `drill`: the minutes that it has. */
  readonly within?: string
  /** `verify`: only the checks of this proof, those whose ids begin with it. */
  readonly proof?: string
  /** `drill`: the context of the cluster that may be disturbed. */
  readonly yesDisrupt: string | undefined
}

const options = {
  json: ['--json', 'print the result as one JSON document on stdout'],
  dryRun: ['--dry-run', 'say what would be done, exactly, and do nothing'],
  purge: ['--purge', 'delete the data too: state, volumes, credentials'],
  noDeps: ['--no-deps', 'what is named alone, without what it needs'],
  noDependents: ['--no-deps', 'what is named alone, without what needs it'],
  junit: ['--junit <file>', 'write a JUnit report as well'],
  only: ['--only <id>', 'the one drill with this id; faults: all faults together'],
  jobs: ['--jobs <n>', 'so many drills at the same time at most'],
  sample: ['--sample <n>', 'only so many drills, chosen by the seed; the others are skipped'],
  seed: ['--seed <text>', 'the seed of an earlier run: the same sample, the same order when time runs short'],
  within: ['--within <minutes>', 'when time runs short, drills are sampled; the others are skipped'],
  proof: ['--proof <name>', 'only one proof: panels, alerts, limits, round-trip, contract'],
  contract: ['--contract', 'the same as --proof contract'],
  write: ['--write', 'with --contract: write the list of series that rules and dashboards need'],
  yesDisrupt: ['--yes-disrupt <context>', 'on TARGET=context: this cluster may be disturbed'],
} as const

const unset: VerbArguments = {
  ...{ names: [], json: false, dryRun: false, purge: false, deps: true },
  ...{ junit: undefined, only: undefined, yesDisrupt: undefined },
}

interface Contract {
  readonly contract?: boolean
  readonly write?: boolean
}

/** Verbs that mean everything when nothing is named: they change nothing, or put back what they changed. */
const askAll: ReadonlySet<Verb> = new Set(['verify', 'drill'])

const verbs: Readonly<Record<Verb, { description: string; options: readonly (keyof typeof options)[] }>> = {
  up: { description: 'Brings up what is named, and what that needs.', options: ['json', 'dryRun', 'noDeps', 'junit'] },
  down: {
    description: 'Takes down what is named, and before it what needs it; data stays unless --purge.',
    options: ['json', 'dryRun', 'purge', 'noDependents', 'junit'],
  },
  plan: { description: 'Says what up would do: exits with 0 for nothing, 3 for changes.', options: ['json', 'noDeps'] },
  verify: {
    description: 'Asks the running system whether it does what it should.',
    options: ['json', 'junit', 'proof', 'contract', 'write'],
  },
  drill: {
    description: 'Breaks the running system on purpose: verify must notice each fault, and up must repair it.',
    options: ['json', 'junit', 'only', 'jobs', 'sample', 'seed', 'within', 'yesDisrupt'],
  },
}

/**
 * Reads the words after a verb.
 *
 * @returns the arguments, or the help text when that was asked for
 * @throws PlatformError INVALID_ARGUMENTS, exit code 2
 */
export async function parseArguments(
  verb: Verb,
  words: readonly string[],
): Promise<VerbArguments | { readonly help: string }> {
  // `pnpm up cluster`, which mostly finds nothing to do, need not wait for commander.
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
    command.parse(words.filter(notSeparator), { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return { help }
    throw usageError('INVALID_ARGUMENTS', error.message.replace(/^error: /, ''), `pnpm run ${verb} --help`)
  }
  const { contract, write, ...given } = command.opts<Partial<Omit<VerbArguments, 'names'>> & Contract>()
  // Only the script that has asked for it with --contract writes: it never comes here with both.
  if (write) throw usageError('INVALID_ARGUMENTS', '--write is for --contract', 'pnpm run verify --contract --write')
  return { ...unset, ...given, ...(contract && { proof: 'contract' }), names: named(verb, command.args) }
}

function named(verb: Verb, names: readonly string[]): readonly string[] {
  return names.length || !askAll.has(verb) ? names : [everything]
}

/** `pnpm up all -- --json`: pnpm hands the separator on, and ours are options on both sides of it. */
function notSeparator(word: string): boolean {
  return word !== '--'
}
