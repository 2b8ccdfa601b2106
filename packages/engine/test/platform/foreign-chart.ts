import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, dirname, join } from 'node:path'
import type { PlanDocument, RunDocument, VerifyDocument } from '@platform/core/documents'
import { toolbox } from '@platform/images/definitions/toolbox'
import * as assert from 'uvu/assert'
import { loadToolbox } from '../../../cluster/test/support/subject.ts'
import type { Platform, Rows } from './subject.ts'

const version = '0.1.0'
const password = 'of-the-chart-itself'

/** A replacement chart: a claim without a keep annotation, a Secret, and a pod that writes to its volume once. */
const chart: Readonly<Record<string, string>> = {
  'Chart.yaml': `{apiVersion: v2, name: other-store, version: ${version}}\n`,
  'values.yaml': 'size: 64Mi\n',
  'templates/claim.yaml': `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: other-data}
spec:
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: {{ .Values.size }}}}
`,
  'templates/secret.yaml': `
apiVersion: v1
kind: Secret
metadata: {name: other-login}
stringData: {password: ${password}}
`,
  'templates/deployment.yaml': `
apiVersion: apps/v1
kind: Deployment
metadata: {name: other-store}
spec:
  strategy: {type: Recreate}
  selector: {matchLabels: {app: other-store}}
  template:
    metadata: {labels: {app: other-store}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: store
          image: ${toolbox.upstream}
          imagePullPolicy: IfNotPresent
          command: [sh, -c, "[ -e /data/first ] || hostname >/data/first; exec sleep 100000"]
          volumeMounts: [{name: data, mountPath: /data}]
      volumes: [{name: data, persistentVolumeClaim: {claimName: other-data}}]
`,
}

const chartFolder = ({ folder }: Platform) => join(folder, 'other-store')

function writeChart(platform: Platform): void {
  for (const [path, text] of Object.entries(chart)) {
    const file = join(chartFolder(platform), path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
}

/** Puts a chart in the place of storage's; the other overlays stay. */
function use(platform: Platform, source: Readonly<Record<string, string>>): void {
  const overlay = platform.overlay('storage.yaml', `chart: ${JSON.stringify(source)}\n`)
  platform.configure({ VALUES: `default,ha,${overlay}` })
}

function storageOf<T extends { readonly name: string }>({ units }: { readonly units: readonly T[] }): T {
  const found = units.find(({ name }) => name === 'storage')
  if (!found) throw new Error(`storage is not among ${units.map(({ name }) => name).join(', ')}`)
  return found
}

async function firstPod({ cluster }: Platform): Promise<string> {
  const words = ['exec', '-n', 'storage', 'deployment/other-store', '--', 'cat', '/data/first']
  return (await cluster.kubectl().run(words)).stdout.trim()
}

async function claims({ cluster }: Platform): Promise<string[]> {
  const { stdout } = await cluster.kubectl().run(['get', 'pvc', '-n', 'storage', '-o', 'name'])
  return stdout
    .trim()
    .split('\n')
    .map((name) => basename(name))
    .sort()
}

let first = ''
let server: Server | undefined

/** A repository of charts on this machine: its files, and what it was asked for. */
async function repository(folder: string): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = []
  server = createServer((request, response) => {
    const name = basename(request.url ?? '')
    asked.push(name)
    try {
      response.end(new Uint8Array(readFileSync(join(folder, name))))
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise<void>((done) => server?.listen(0, '127.0.0.1', done))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

/** Ends the repository, if there is one. */
export function closeRepository(): void {
  server?.closeAllConnections()
  server?.close()
}

export const foreignChart: Rows = {
  "another's chart in the place of storage's: the plan names it, what comes, what goes, and what it can't promise":
    async (platform) => {
      await loadToolbox(platform.cluster)
      writeChart(platform)
      use(platform, { ref: chartFolder(platform) })
      const { document } = await platform.run<PlanDocument>(['plan', 'storage'], 3)
      const { state, steps } = storageOf(document)
      assert.match(state, /replaced chart: its Secrets are in Helm's release/)
      assert.ok(JSON.stringify(steps[0]?.commands).includes(chartFolder(platform)), 'the chart is not named')
      const found = steps.map(({ action, subject }) => `${action} ${subject}`)
      for (const step of [
        'update release storage/mysql-release',
        'create PersistentVolumeClaim storage/other-data',
        'create Secret storage/other-login',
        'create Deployment storage/other-store',
        'delete StatefulSet storage/mysql-release',
      ]) {
        assert.ok(found.includes(step), `${step} is not among ${found.join(', ')}`)
      }
      assert.not.ok(found.includes('delete PersistentVolumeClaim storage/mysql-release'))
      assert.not.match(JSON.stringify(document), password)
    },
  "`up` works on it and says again what can't be promised; then there is nothing to do, and the general checks hold":
    async (platform) => {
      const { said } = await platform.run<RunDocument>(['up', 'storage'])
      assert.match(said, /Its volumes are kept\. Secrets that it renders are stored in Helm's release/)
      first = await firstPod(platform)
      assert.match(first, /^other-store-/)
      assert.equal(await claims(platform), ['mysql-release', 'other-data'])
      await platform.run<PlanDocument>(['plan', 'storage'], 0)
      const { document } = await platform.run<VerifyDocument>(['verify', 'storage'])
      assert.ok(document.passed >= 3, `${document.passed}`)
    },
  '`down` takes it away, and keeps its volume and that of the chart before it': async (platform) => {
    const { document } = await platform.run<RunDocument>(['down', 'storage'])
    const { summary } = storageOf(document)
    assert.match(summary, /kept .*volume storage\/other-data/)
    assert.match(summary, /kept .*volume storage\/mysql-release/)
    assert.equal(await claims(platform), ['mysql-release', 'other-data'])
    const { stdout } = await platform.cluster.kubectl().run(['get', 'pods', '-n', 'storage', '-o', 'name'])
    assert.is(stdout, '')
  },
  'the same chart from a repository comes up on the volume that was kept': async (platform) => {
    const shelf = join(platform.folder, 'shelf')
    await platform.cluster.pnpmDone(['helm', 'package', chartFolder(platform), '--destination', shelf])
    const { url, asked } = await repository(shelf)
    await platform.cluster.pnpmDone(['helm', 'repo', 'index', shelf, '--url', url])
    use(platform, { ref: 'other-store', repo: url, version })
    const { said } = await platform.run<RunDocument>(['up', 'storage'])
    assert.match(said, `storage uses the chart other-store of ${url}`)
    assert.ok(asked.includes(`other-store-${version}.tgz`), asked.join())
    assert.is(await firstPod(platform), first)
  },
}
