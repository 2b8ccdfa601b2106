import { readFileSync } from 'node:fs'
import { toolbox } from '@platform/images/definitions/toolbox'
import { hostPids, type OwnCluster, until } from './cli.ts'

/** A pod's first process, as it must stay when something under it is killed. */
export interface RunningPod {
  readonly name: string
  readonly container: string
  readonly restarts: number
  /** As the host numbers it. */
  readonly pid: number
}

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string }
    readonly status: { readonly containerStatuses?: readonly { containerID?: string; restartCount: number }[] }
  }[]
}

// It ends on SIGTERM, which the first process of a container does not by itself.
const untilTerm = "trap 'exit 0' TERM; while :; do sleep 1 & wait; done"

function podTemplate(app: string, script: string, volumeMounts: object[] = []): object {
  const container = {
    name: app,
    image: toolbox.upstream,
    command: ['sh', '-c', `${script}; ${untilTerm}`],
    volumeMounts,
  }
  return { metadata: { labels: { app } }, spec: { terminationGracePeriodSeconds: 2, containers: [container] } }
}

const selector = (app: string) => ({ matchLabels: { app } })

const objects = [
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      selector: selector('web'),
      template: podTemplate('web', 'echo here it is > /tmp/index.html; httpd -p 8080 -h /tmp'),
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: { type: 'NodePort', selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'store' },
    spec: {
      serviceName: 'store',
      selector: selector('store'),
      template: podTemplate('store', 'true', [{ name: 'data', mountPath: '/data' }]),
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '64Mi' } } },
        },
      ],
    },
  },
]

/** Loads the test image and starts a web server behind a NodePort, and a StatefulSet that has `proof` on its volume. */
export async function startWorkload(cluster: OwnCluster, proof: string): Promise<void> {
  const socket = cluster.inside('/run/containerd/containerd.sock')
  await cluster.must(['images', 'load', '--containerd', socket, toolbox.name])
  await cluster.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }))
  await cluster.kubectlAtLast(['exec', 'store-0', '--', 'sh', '-c', `echo ${proof} > /data/proof && sync`])
  await answer(cluster)
}

/** Waits until the web server answers through its Service on the host, and the volume has its data. */
export async function workloadIsBack(cluster: OwnCluster, proof: string): Promise<void> {
  await answer(cluster)
  const seen = await cluster.kubectlAtLast(['exec', 'store-0', '--', 'cat', '/data/proof'])
  if (seen !== proof) throw new Error(`/data/proof on the volume: ${seen}, expected ${proof}`)
}

/** What the web server says through a NodePort of the node, once it does. */
export async function answer(cluster: OwnCluster, service = 'web'): Promise<string> {
  const port = await cluster.kubectlAtLast(['get', 'service', service, '-o', 'jsonpath={.spec.ports[0].nodePort}'])
  const url = `http://${cluster.status().config?.network.nodeAddress}:${port}/`
  return until(`${url} answers`, () => page(url))
}

async function page(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) })
    return response.ok ? await response.text() : undefined
  } catch {
    return undefined
  }
}

/** The pods of the workload with the process that each stands on. */
export async function runningPods(cluster: OwnCluster): Promise<RunningPod[]> {
  const list: PodList = JSON.parse(
    await cluster.kubectlAtLast(['get', 'pods', '-l', 'app in (web, store)', '-o', 'json']),
  )
  return list.items.map(({ metadata, status }) => {
    const container = status.containerStatuses?.[0]?.containerID?.replace(/^containerd:\/\//, '') ?? ''
    const restarts = status.containerStatuses?.[0]?.restartCount ?? 0
    return { name: metadata.name, container, restarts, pid: firstProcess(container) }
  })
}

function firstProcess(container: string): number {
  const found = hostPids().find((pid) => {
    try {
      const first = /^NSpid:.*\t1$/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
      return first && readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(container)
    } catch {
      return false
    }
  })
  if (!container || !found) throw new Error(`no process runs in container "${container}"`)
  return found
}
