import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { environment, loadSettings, PlatformError, repositoryRoot, systemRunner } from '@platform/core'
import { documents } from '@platform/core/documents'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createTarget } from '../src/create-target.ts'
import type { Access, Target } from '../src/target.ts'

/** An embedded cluster of its own name stands for a user's cluster: it is reached by its kubeconfig only. */
const test = suite('a bound cluster')
const dependencies = { runner: systemRunner, emit: () => {} }
const name = 'context-e2e'
const folder = mkdtempSync(join(tmpdir(), `${name}-`))
const envFile = join(folder, 'context.env')
const userConfig = join(folder, 'user-kubeconfig')
const base = {
  ...environment(),
  ENV_FILE: undefined,
  KUBECONFIG: undefined,
  KUBE_CONTEXT: undefined,
  CLUSTER_UID: undefined,
}

const embedded = () =>
  createTarget(
    loadSettings({ env: { ...base, TARGET: 'embedded', CLUSTER_NAME: name, STATE_DIR: join(folder, 'theirs') } }),
    dependencies,
  )
const contextEnvironment = (changes: Record<string, string | undefined> = {}) => ({
  ...base,
  TARGET: undefined,
  CLUSTER_NAME: undefined,
  ENV_FILE: envFile,
  KUBECONFIG: userConfig,
  STATE_DIR: join(folder, 'ours'),
  ...changes,
})
const context = (changes: Record<string, string> = {}): Promise<Target> =>
  createTarget(loadSettings({ env: contextEnvironment(changes) }), dependencies)

const script = (words: readonly string[], input = '') => {
  const [file = '', ...args] = words
  const command = ['--import', 'tsx', join(repositoryRoot, 'scripts', `${file}.ts`), ...args]
  return spawnSync(process.execPath, command, {
    cwd: repositoryRoot,
    env: contextEnvironment(),
    encoding: 'utf8',
    input,
  })
}
let theirs: Access
const theirKubectl = (args: readonly string[], input?: string) =>
  systemRunner.run([theirs.kubectl, ...args], { env: { KUBECONFIG: theirs.kubeconfig }, input })
/** Every object's identity and version, but for what ticks by itself. */
const inventory = async () => {
  const kinds =
    'namespaces,configmaps,secrets,serviceaccounts,services,deployments,daemonsets,pods,persistentvolumeclaims,storageclasses,clusterroles,clusterrolebindings,roles,rolebindings'
  const path = '{range .items[*]}{.kind} {.metadata.uid} {.metadata.generation}{"\\n"}{end}'
  return (await theirKubectl(['get', kinds, '-A', '-o', `jsonpath=${path}`])).stdout
}
const refusal = async (work: Promise<unknown>): Promise<PlatformError> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  assert.instance(error, PlatformError)
  return error as PlatformError
}

test.before(async () => {
  const target = await embedded()
  await target.up()
  theirs = await target.access()
  writeFileSync(
    userConfig,
    readFileSync(theirs.kubeconfig, 'utf8').replace(/^current-context: .*$/m, 'current-context: elsewhere'),
  )
  writeFileSync(envFile, '# of the operator\nVALUES=default\n')
})
test.after(async () => {
  await (await embedded()).down({ purge: true })
  rmSync(folder, { recursive: true, force: true })
})

test('bind shows a context, and writes nothing', () => {
  const shown = script(['bind', name])
  assert.is(shown.status, 0, shown.stderr)
  assert.match(shown.stdout, new RegExp(`KUBE_CONTEXT=${name}`))
  assert.is(readFileSync(envFile, 'utf8'), '# of the operator\nVALUES=default\n')
})
test('bind --write puts it into the env file', async () => {
  assert.is(script(['bind', name, '--write']).status, 0)
  const { stdout: uid } = await theirKubectl(['get', 'namespace', 'kube-system', '-o', 'jsonpath={.metadata.uid}'])
  const bound = `TARGET=context\nKUBE_CONTEXT=${name}\nCLUSTER_UID=${uid}\n`
  assert.is(readFileSync(envFile, 'utf8'), `# of the operator\nVALUES=default\n${bound}`)
})
test('plan, up, verify and preflight find it usable and change nothing', async () => {
  const before = await inventory()
  const target = await context()
  assert.equal(
    (await target.plan({ verb: 'up' })).steps.map(({ subject }) => subject),
    ['the inventory of the cluster'],
  )
  assert.match((await target.up()).summary, /all permissions, default StorageClass standard/)
  assert.equal((await target.plan({ verb: 'up' })).steps, [])
  const checks = await target.verify()
  assert.equal(
    checks.filter(({ outcome }) => outcome !== 'passed'),
    [],
  )
  assert.ok((await target.preflight()).every(({ status }) => status !== 'failed'))
  assert.is(await inventory(), before)
})
test('another UID is refused', async () => {
  const error = await refusal((await context({ CLUSTER_UID: 'another' })).plan({ verb: 'up' }))
  assert.equal([error.code, error.exitCode], ['CLUSTER_MISMATCH', 2])
})
test('down by its name is refused and touches nothing, with --purge too; down all passes it over', async () => {
  const before = await inventory()
  for (const words of [['cluster'], ['cluster', '--purge'], ['cluster', '--dry-run']]) {
    const refused = script(['down', ...words, '--json'])
    assert.is(refused.status, 2, refused.stderr)
    assert.is(documents.error.parse(JSON.parse(refused.stdout)).error.code, 'CLUSTER_NOT_MANAGED')
  }
  const all = script(['down', 'all', '--json'])
  assert.is(all.status, 0, all.stderr)
  const { units } = documents.run.parse(JSON.parse(all.stdout))
  assert.is(units.find((unit) => unit.name === 'cluster')?.outcome, 'unchanged')
  assert.is(await inventory(), before)
})
test('bind and preflight print the documents that their schemas describe', () => {
  assert.is(documents.bind.parse(JSON.parse(script(['bind', name, '--json']).stdout)).context, name)
  const { ok, target } = documents.preflight.parse(JSON.parse(script(['preflight', '--json']).stdout))
  assert.equal([ok, target], [true, 'context'])
})
test('down refuses to stop it', async () =>
  assert.is((await refusal((await context()).down({ purge: true }))).code, 'CLUSTER_NOT_MANAGED'))
test('who may do little is told all that is missing, at once', async () => {
  await theirKubectl(['create', 'serviceaccount', 'reader', '-n', 'default'])
  await theirKubectl([
    'create',
    'clusterrolebinding',
    'reader',
    '--clusterrole=view',
    '--serviceaccount=default:reader',
  ])
  const { stdout: token } = await theirKubectl(['create', 'token', 'reader', '-n', 'default'])
  const reader = join(folder, 'reader')
  writeFileSync(reader, readFileSync(userConfig, 'utf8'))
  const set = ['config', '--kubeconfig', reader, 'set-context', name, '--user=reader']
  await systemRunner.run([
    theirs.kubectl,
    'config',
    '--kubeconfig',
    reader,
    'set-credentials',
    'reader',
    `--token=${token.trim()}`,
  ])
  await systemRunner.run([theirs.kubectl, ...set])
  const error = await refusal((await context({ KUBECONFIG: reader })).up())
  assert.is(error.code, 'CONTEXT_NOT_SUPPORTED')
  assert.match(error.message, /not allowed: secrets: get, list/)
  assert.match(error.message, /clusterroles\.rbac\.authorization\.k8s\.io: .*create/)
  assert.not.match(error.message, /not allowed: events/)
})
test("the kubeconfig of our own is private, and the user's is as it was", async () => {
  const before = readFileSync(userConfig, 'utf8')
  const { kubeconfig } = await (await context()).access()
  assert.is(statSync(kubeconfig).mode & 0o777, 0o600)
  assert.match(readFileSync(kubeconfig, 'utf8'), new RegExp(`current-context: ${name}`))
  assert.is(readFileSync(userConfig, 'utf8'), before)
})
test('kubectl passes stdin, stdout and the exit code through', () => {
  const got = script(['kubectl', 'get', 'nodes', '-o', 'json'])
  assert.is(JSON.parse(got.stdout).items.length, 1)
  const map = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"from-stdin"}}'
  assert.match(script(['kubectl', '--', 'create', '--dry-run=server', '-f', '-'], map).stdout, /from-stdin created/)
  assert.is(script(['kubectl', 'get', 'nothing-of-this-kind']).status, 1)
})
test('kubectl exec -it has a terminal', async () => {
  const { stdout: pod } = await theirKubectl([
    'get',
    'pods',
    '-n',
    'kube-system',
    '-l',
    'k8s-app=kube-dns',
    '-o',
    'name',
  ])
  const exec = ['scripts/kubectl.ts', 'exec', '-it', '-n', 'kube-system', pod.trim(), '--', '/coredns', '-version']
  const command = `${process.execPath} --import tsx ${exec.join(' ')}`
  const got = spawnSync('script', ['-qec', command, '/dev/null'], {
    cwd: repositoryRoot,
    env: contextEnvironment(),
    encoding: 'utf8',
  })
  assert.match(got.stdout, /CoreDNS-1\.\d+/)
  assert.not.match(got.stdout, /not a terminal|Unable to use a TTY/)
})
test("helm works, and shellenv's lines select the bound cluster", () => {
  assert.is(script(['helm', 'list', '-A']).status, 0)
  const eval2 = 'eval "$1"; kubectl config current-context && helm version --short'
  const got = spawnSync('sh', ['-c', eval2, 'sh', script(['shellenv']).stdout], { encoding: 'utf8' })
  assert.match(got.stdout, new RegExp(`^${name}\nv4\\.`))
})

test.run()
