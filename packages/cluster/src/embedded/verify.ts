import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Check, Runner, Settings } from '@platform/core'
import { addressIn, dnsAddress } from '@platform/node'
import type { Api } from '../kubernetes/api.ts'
import { apiReady, nodesReady, type ReadPath, readPath } from '../kubernetes/common-checks.ts'
import {
  defaultStorageClasses,
  type NodeObject,
  type ServiceObject,
  type StorageClassObject,
} from '../kubernetes/objects.ts'

/** Inputs of the checks. */
export interface Verified {
  readonly settings: Settings
  readonly api: Api
  readonly runner: Runner
  /** PID of the node's first process on the host. */
  readonly pid: number
  /** The supervisor's components, asked at the time of the check. */
  readonly components: () => Promise<readonly Component[]>
}

/** One process of the supervisor. */
export interface Component {
  readonly name: string
  readonly state: string
  readonly restarts: number
  readonly lastExit?: string
}

/** The checks of `verify cluster` on the embedded node. */
export function embeddedChecks(verified: Verified): Check[] {
  const { api } = verified
  const read: ReadPath = (path) => readPath(api, path)
  return [
    apiReady(read),
    nodesReady(read),
    componentsRun(verified),
    dnsAnswers(verified),
    storageClassThere(api),
    loadBalancerGiven(api),
    ...kubeletMetrics.map((metrics) => metricsServed(api, metrics)),
  ]
}

function componentsRun({ components, settings }: Verified): Check {
  return {
    name: 'every component of the supervisor runs',
    timeoutMs: 60_000,
    hint: `tail -n 20 ${settings.clusterDir}/logs/*.log`,
    async run() {
      const all = await components()
      if (all.length === 0) throw new Error('the supervisor names no component')
      const down = all.filter(({ state }) => state !== 'running')
      if (down.length)
        throw new Error(down.map((one) => `${one.name} is ${one.state}: ${one.lastExit ?? 'no exit seen'}`).join('; '))
      const restarted = all.filter(({ restarts }) => restarts > 0)
      const said = restarted.map(({ name, restarts, lastExit }) => `${name} ${restarts}× (${lastExit ?? '?'})`)
      return `${all.length} run; restarts: ${said.join(', ') || 'none'}`
    },
  }
}

/** Runs in the node's network only: the files and the Node.js are the host's. */
const lookUp = `
const { Resolver } = require('node:dns').promises
const resolver = new Resolver({ timeout: 2000, tries: 2 })
resolver.setServers([process.argv[1]])
resolver.resolve4(process.argv[2]).then((found) => console.log(found.join()), (error) => { console.error(error.message); process.exit(1) })
`

function dnsAnswers({ runner, pid, settings }: Verified): Check {
  return {
    name: 'the cluster DNS answers for a Service, through its own Service address',
    timeoutMs: 60_000,
    hint: 'pnpm kubectl logs -n kube-system -l k8s-app=kube-dns',
    async run(signal) {
      const name = 'kubernetes.default.svc.cluster.local'
      const enter = ['nsenter', `--net=/proc/${pid}/ns/net`, process.execPath, '-e', lookUp, dnsAddress(settings), name]
      const { stdout, stderr, exitCode } = await runner.probe(enter, { signal })
      if (exitCode !== 0) throw new Error(`${dnsAddress(settings)} on ${name}: ${stderr.trim()}`)
      const expected = addressIn(settings.SERVICE_SUBNET, 1)
      if (stdout.trim() !== expected) throw new Error(`${name} is ${stdout.trim()}, expected ${expected}`)
      return `${name} is ${expected}`
    },
  }
}

function storageClassThere(api: Api): Check {
  return {
    name: 'the default StorageClass is standard',
    timeoutMs: 60_000,
    hint: 'pnpm kubectl get storageclasses',
    async run() {
      const items = await api.list<StorageClassObject>('/apis/storage.k8s.io/v1/storageclasses')
      const names = defaultStorageClasses(items)
      if (names.join() !== 'standard')
        throw new Error(names.length ? `the default is ${names.join(', ')}` : 'there is no default')
      return items.map(({ metadata, provisioner }) => `${metadata.name} (${provisioner})`).join(', ')
    },
  }
}

/** A Service of our own, without pods behind it, for a moment: the controller gives it an address or it does not. */
function loadBalancerGiven(api: Api): Check {
  return {
    name: 'a Service of type LoadBalancer gets an address',
    timeoutMs: 60_000,
    hint: 'pnpm kubectl get services -A --field-selector spec.type=LoadBalancer',
    async run(signal) {
      const name = `platform-verify-${randomBytes(4).toString('hex')}`
      const service = {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name, namespace: 'kube-system', labels: { 'app.kubernetes.io/managed-by': 'platform-verify' } },
        spec: {
          type: 'LoadBalancer',
          allocateLoadBalancerNodePorts: false,
          ports: [{ port: 65_000, protocol: 'TCP' }],
        },
      }
      const path = `/api/v1/namespaces/kube-system/services/${name}`
      await api.create(service)
      try {
        for (;;) {
          const { status } = await api.get<ServiceObject>(path)
          const address = status?.loadBalancer?.ingress?.[0]?.ip
          if (address) return address
          await sleep(100, undefined, { signal })
        }
      } finally {
        await api.delete(path)
      }
    },
  }
}

/** The kubelet's endpoints, and a series that proves that each has what it is for. */
const kubeletMetrics = [
  { path: 'metrics', series: 'kubelet_running_pods' },
  { path: 'metrics/cadvisor', series: 'container_memory_working_set_bytes{container="coredns"' },
  { path: 'metrics/resource', series: 'container_memory_working_set_bytes{container="coredns"' },
] as const

function metricsServed(api: Api, { path, series }: (typeof kubeletMetrics)[number]): Check {
  return {
    name: `the kubelet serves /${path}`,
    timeoutMs: 60_000,
    hint: `pnpm kubectl get --raw "/api/v1/nodes/$(pnpm -s kubectl get nodes -o 'jsonpath={.items[0].metadata.name}')/proxy/${path}"`,
    async run() {
      const items = await api.list<NodeObject>('/api/v1/nodes')
      const node = items[0]?.metadata.name
      if (!node) throw new Error('there is no node')
      const text = await readPath(api, `/api/v1/nodes/${node}/proxy/${path}`)
      if (!text.includes(`\n${series}`)) throw new Error(`no series ${series} among ${text.split('\n').length} lines`)
      return `${text.split('\n').filter((line) => line && !line.startsWith('#')).length} series`
    },
  }
}
