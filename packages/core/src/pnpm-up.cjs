// .pnpmfile.cjs calls this in pnpm's own process, before node_modules exists: only Node's own modules are available.
const { spawn } = require('node:child_process')
const { readdirSync, readFileSync, statSync } = require('node:fs')
const { join } = require('node:path')

const root = join(__dirname, '..', '..', '..')
const exists = (file) => statSync(file, { throwIfNoEntry: false }) !== undefined
const withValue = /^(-C|--dir|-F|--filter|--reporter|--loglevel)$/
/** pnpm's own options that are valid with `pnpm up <component>`. */
const harmless = /^(-s|-w|--silent|--workspace-root|--(no-)?color|(-C|--dir|--reporter|--loglevel)[ =].*)$/

/** Parses the arguments of pnpm: the command, its names, pnpm's options, and what follows `--`. */
function parse(words) {
  const end = words.indexOf('--') < 0 ? words.length : words.indexOf('--')
  const plain = []
  const options = []
  for (let i = 0; i < end; i++) {
    if (!words[i].startsWith('-')) plain.push(words[i])
    else options.push(withValue.test(words[i]) ? `${words[i]} ${words[++i]}` : words[i])
  }
  return { command: plain[0], names: plain.slice(1), options, rest: words.slice(end + 1) }
}

/**
 * Decides whether a call of pnpm is ours. Pure.
 *
 * @param words the arguments after `pnpm`
 * @param units names that can be brought up; `dependencies`: names that pnpm can update
 * @returns undefined: left to pnpm; `{ words }`: bring up with these arguments; `{ message, hint }`: refuse
 */
function decide(words, { units, dependencies }) {
  const { command, names, options, rest } = parse(words)
  if (command !== 'up') return undefined
  const known = names.filter((name) => units.includes(name))
  const isPattern = (name) => /[*!]/.test(name)
  const packages = names.filter(
    (n) => !known.includes(n) && (isPattern(n) || dependencies.includes(n.replace(/(?<=.)@.*/, ''))),
  )
  if (names.length && packages.length === names.length) return undefined
  const others = names.filter((name) => !known.includes(name))
  const hint = `to bring up: pnpm up ${known.join(' ') || 'all'} (available: ${units.join(', ')}); to update dependencies: pnpm update ${others.join(' ')}`
  if (!names.length)
    return { message: '`pnpm up` needs a name: it brings up components and updates dependencies', hint }
  const unknown = others.filter((name) => !packages.includes(name))
  if (unknown.length) return { message: `${unknown.join(', ')}: neither a component nor a dependency`, hint }
  if (others.length)
    return {
      message: `cannot bring up ${known.join(', ')} and update ${others.join(', ')} in one call`,
      hint,
    }
  const invalid = options.filter((option) => !harmless.test(option))
  if (!invalid.length) return { words: [...names, ...rest] }
  return {
    message: `${invalid.join(', ')} is an option of pnpm's update and not valid with components`,
    hint: `remove it, or put the platform's options after a separator: pnpm up ${known.join(' ')} -- --help`,
  }
}

/** Every manifest of the workspace; the root's has the folder ''. */
function readManifests() {
  const folders = readdirSync(join(root, 'packages')).map((folder) => ({
    folder,
    file: join(root, 'packages', folder, 'package.json'),
  }))
  return [...folders, { folder: '', file: join(root, 'package.json') }]
    .filter(({ file }) => exists(file))
    .map(({ folder, file }) => ({ folder, file, ...JSON.parse(readFileSync(file, 'utf8')) }))
}

function vocabulary(manifests) {
  const units = manifests.filter(({ platform }) => platform?.component || platform?.unit).map(({ folder }) => folder)
  const dependencies = manifests.flatMap((each) =>
    Object.keys({ ...each.dependencies, ...each.devDependencies, ...each.optionalDependencies }),
  )
  return { units: ['all', ...units], dependencies: [...new Set(dependencies)] }
}

/** Whether a manifest or the lock file is newer than pnpm's last install. */
function mustInstall(manifests) {
  const state = statSync(join(root, 'node_modules', '.pnpm-workspace-state-v1.json'), { throwIfNoEntry: false })
  const sources = [
    ...manifests.map(({ file }) => file),
    ...['pnpm-lock.yaml', 'pnpm-workspace.yaml'].map((name) => join(root, name)),
  ]
  return !state || sources.some((file) => exists(file) && statSync(file).mtimeMs > state.mtimeMs)
}

/** Runs Node, forwards signals to it, and returns its exit code. Not spawnSync, which would ignore SIGTERM. */
function runNode(args, stdio) {
  // biome-ignore lint/style/noProcessEnv: environment.ts cannot be imported here.
  const env = { ...process.env, npm_execpath: process.argv[1] }
  const child = spawn(process.execPath, args, { cwd: root, stdio, env })
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
  const ofSignal = (signal) => (signal === 'SIGINT' ? 130 : 143)
  return new Promise((resolve) => child.on('close', (code, signal) => resolve(code ?? ofSignal(signal))))
}

/** pnpm's hook: returns the configuration, or runs `pnpm up <component>` and exits. */
async function updateConfig(config) {
  // Most calls are not ours, such as `pnpm run` in every task of turbo: read no files for them.
  if (parse(process.argv.slice(2)).command !== 'up') return config
  const manifests = readManifests()
  const decision = decide(process.argv.slice(2), vocabulary(manifests))
  if (!decision) return config
  if (!decision.words) {
    process.stderr.write(`INVALID_ARGUMENTS: ${decision.message}\n  hint: ${decision.hint}\n`)
    process.exit(2)
  }
  // pnpm's output while it installs is progress and goes to stderr.
  const installed = mustInstall(manifests) ? await runNode([process.argv[1], 'install'], ['inherit', 2, 2]) : 0
  process.exit(
    installed || (await runNode(['--import', 'tsx', join('scripts', 'up.ts'), ...decision.words], 'inherit')),
  )
}

module.exports = { decide, updateConfig }
