// What .pnpmfile.cjs calls, in pnpm's own process and before node_modules exists: Node's own modules only.
const { spawn } = require('node:child_process')
const { readdirSync, readFileSync, statSync } = require('node:fs')
const { join } = require('node:path')

const root = join(__dirname, '..', '..', '..')
const exists = (file) => statSync(file, { throwIfNoEntry: false }) !== undefined
const withValue = /^(-C|--dir|-F|--filter|--reporter|--loglevel)$/
/** pnpm's own options that make sense when something is brought up. */
const harmless = /^(-s|-w|--silent|--workspace-root|--(no-)?color|(-C|--dir|--reporter|--loglevel)[ =].*)$/

/** The words after `pnpm`: the command, its names, pnpm's options, and what follows `--`. */
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
 * What a call of pnpm means. Pure.
 *
 * @param words what stands after `pnpm`
 * @param units what can be brought up, `dependencies` what pnpm can update
 * @returns undefined: pnpm's business; `{ words }`: bring up, with these words; `{ message, hint }`: refuse
 */
function decide(words, { units, dependencies }) {
  const { command, names, options, rest } = parse(words)
  if (command !== 'up') return undefined
  const ours = names.filter((name) => units.includes(name))
  const isPattern = (name) => /[*!]/.test(name)
  const theirs = names.filter(
    (n) => !ours.includes(n) && (isPattern(n) || dependencies.includes(n.replace(/(?<=.)@.*/, ''))),
  )
  if (names.length && theirs.length === names.length) return undefined
  const others = names.filter((name) => !ours.includes(name))
  const hint = `to bring up: pnpm up ${ours.join(' ') || 'all'} (there are: ${units.join(', ')}); to update dependencies: pnpm update ${others.join(' ')}`
  if (!names.length)
    return { message: '`pnpm up` says not what: it brings up components, and updates dependencies', hint }
  const strangers = others.filter((name) => !theirs.includes(name))
  if (strangers.length) return { message: `${strangers.join(', ')}: no component and no dependency is called so`, hint }
  if (others.length)
    return {
      message: `${ours.join(', ')} can be brought up and ${others.join(', ')} updated, but not in one call`,
      hint,
    }
  const foreign = options.filter((option) => !harmless.test(option))
  if (!foreign.length) return { words: [...names, ...rest] }
  return {
    message: `${foreign.join(', ')} belongs to pnpm's update and means nothing to bringing up`,
    hint: `leave it out, or put options of ours after a separator: pnpm up ${ours.join(' ')} -- --help`,
  }
}

/** Every manifest of the workspace, the root's with the folder ''. */
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

/** Whether a manifest or the lock file is newer than what pnpm installed last. */
function mustInstall(manifests) {
  const state = statSync(join(root, 'node_modules', '.pnpm-workspace-state-v1.json'), { throwIfNoEntry: false })
  const sources = [
    ...manifests.map(({ file }) => file),
    ...['pnpm-lock.yaml', 'pnpm-workspace.yaml'].map((name) => join(root, name)),
  ]
  return !state || sources.some((file) => exists(file) && statSync(file).mtimeMs > state.mtimeMs)
}

/** Runs Node, passes signals on to it, and gives its exit code. Not spawnSync: there SIGTERM would be ignored. */
function runNode(args, stdio) {
  // biome-ignore lint/style/noProcessEnv: it runs where environment.ts can't be imported.
  const env = { ...process.env, npm_execpath: process.argv[1] }
  const child = spawn(process.execPath, args, { cwd: root, stdio, env })
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
  const ofSignal = (signal) => (signal === 'SIGINT' ? 130 : 143)
  return new Promise((resolve) => child.on('close', (code, signal) => resolve(code ?? ofSignal(signal))))
}

/** pnpm's hook: gives the configuration back, or does what `pnpm up <component>` means and ends the process. */
async function updateConfig(config) {
  // Most calls are not ours, `pnpm run` in every task of turbo among them: they read nothing.
  if (parse(process.argv.slice(2)).command !== 'up') return config
  const manifests = readManifests()
  const decision = decide(process.argv.slice(2), vocabulary(manifests))
  if (!decision) return config
  if (!decision.words) {
    process.stderr.write(`INVALID_ARGUMENTS: ${decision.message}\n  hint: ${decision.hint}\n`)
    process.exit(2)
  }
  // What pnpm says while it installs is progress, hence stderr.
  const installed = mustInstall(manifests) ? await runNode([process.argv[1], 'install'], ['inherit', 2, 2]) : 0
  process.exit(
    installed || (await runNode(['--import', 'tsx', join('scripts', 'up.ts'), ...decision.words], 'inherit')),
  )
}

module.exports = { decide, updateConfig }
