import { join } from 'node:path'
import { systemRunner } from '@platform/core'
import { provideImages } from '@platform/images'
import { toolbox } from '@platform/images/definitions/toolbox'
import { insideNode } from '@platform/node'
import type { Kubectl } from '../../src/kubernetes/kubectl.ts'
import { isTrue, type KubeList, type KubeObject, type PodObject } from '../../src/kubernetes/objects.ts'
import { podProblem } from '../../src/kubernetes/pod-problem.ts'
import { eventually } from './eventually.ts'
import type { TestCluster } from './test-cluster.ts'
import type { Manifest } from './workloads.ts'

/** What rows work with: a running cluster, and words for what tests do on it. */
export interface Subject {
  readonly cluster: TestCluster
  readonly kubectl: Kubectl
  /** One object. Throws when it is not there. */
  get<T = Any>(namespace: string, kind: string, name: string): Promise<T>
  /** All objects of a kind, with a label selector or all. */
  list<T = Any>(namespace: string, kind: string, selector?: string): Promise<readonly T[]>
  /** Creates objects; the namespaces that they name first. */
  create(objects: readonly Manifest[]): Promise<void>
  /** Runs a script in a pod and returns what it printed, trimmed. Throws when it fails. */
  exec(namespace: string, pod: string, script: string, container?: string): Promise<string>
  /** Waits for a pod's condition Ready. */
  ready(namespace: string, pod: string, limitMs?: number): Promise<PodObject & Any>
  /** Waits for something in a namespace; when it does not come the error says what ails the pods there. */
  wait<T>(namespace: string, what: string, ask: () => Promise<T | undefined | false>, limitMs?: number): Promise<T>
}

// biome-ignore lint/suspicious/noExplicitAny: tests look at a few fields of many kinds.
export type Any = any

/** A group of rows and what has to be there for them; all groups' objects are made before the first row. */
export interface Group {
  readonly objects: readonly Manifest[]
  /** By what they prove. */
  readonly rows: Readonly<Record<string, (subject: Subject) => Promise<void>>>
  /** Rows that can prove nothing on this machine, and why. */
  readonly skipped?: Readonly<Record<string, string>>
}

const limit = 60_000

export function subject(cluster: TestCluster): Subject {
  const kubectl = cluster.kubectl()
  const get: Subject['get'] = (namespace, kind, name) => kubectl.json(['get', kind, name, '-n', namespace])
  const list: Subject['list'] = async <T>(namespace: string, kind: string, selector?: string) => {
    const select = selector ? ['-l', selector] : []
    return (await kubectl.json<KubeList<T>>(['get', kind, '-n', namespace, ...select])).items
  }
  const wait: Subject['wait'] = (namespace, what, ask, limitMs = limit) =>
    eventually(`${namespace}: ${what}`, limitMs, ask, { explain: () => troubles(namespace) })

  /** What ails the pods of a namespace, and the last warnings in it. */
  async function troubles(namespace: string): Promise<string> {
    const pods = await list<PodObject>(namespace, 'pods')
    const events = await list<KubeObject & Any>(namespace, 'events')
    const warnings = events
      .filter(({ type }) => type === 'Warning')
      .slice(-8)
      .map(({ involvedObject, reason, message }) => `${involvedObject.name}: ${reason}: ${message}`)
    const unready = pods.flatMap((pod) =>
      isTrue(pod.status?.conditions, 'Ready') ? [] : (podProblem(pod) ?? `${pod.metadata.name}: ${pod.status?.phase}`),
    )
    return ['pods that are not ready:', ...unready, 'warnings:', ...warnings].join('\n  ')
  }

  return {
    cluster,
    kubectl,
    get,
    list,
    wait,
    async create(objects) {
      const given = new Set(objects.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name))
      const named = new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []))
      const there = new Set((await list<KubeObject>('', 'namespaces')).map(({ metadata }) => metadata.name))
      const missing = [...named].filter((name) => !given.has(name) && !there.has(name))
      const namespaces = missing.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }))
      await createList(kubectl, [...namespaces, ...objects.filter(({ kind }) => kind === 'Namespace')])
      // A pod is refused as long as its ServiceAccount is not there.
      await eventually('every namespace has its ServiceAccount default', limit, async () => {
        const accounts = await kubectl.json<KubeList<KubeObject>>(['get', 'serviceaccounts', '-A'])
        const have = new Set(
          accounts.items.flatMap(({ metadata: { name, namespace } }) => (name === 'default' ? namespace : [])),
        )
        return [...named].every((name) => have.has(name))
      })
      await createList(
        kubectl,
        objects.filter(({ kind }) => kind !== 'Namespace'),
      )
    },
    async exec(namespace, pod, script, container) {
      const target = container ? ['-c', container] : []
      const { stdout } = await kubectl.run(['exec', '-n', namespace, pod, ...target, '--', 'sh', '-c', script])
      return stdout.trim()
    },
    ready: (namespace, name, limitMs) =>
      wait(
        namespace,
        `the pod ${name} is Ready`,
        async () => {
          const pod = await get<PodObject>(namespace, 'pod', name)
          return isTrue(pod.status?.conditions, 'Ready') && pod
        },
        limitMs,
      ),
  }
}

async function createList(kubectl: Kubectl, items: readonly Manifest[]): Promise<void> {
  if (!items.length) return
  await kubectl.run(['create', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) })
}

/** Brings the image that the tests' pods run into the node. */
export async function loadToolbox({ settings, node }: TestCluster): Promise<void> {
  const { config, pid } = node()
  const { bin } = config.paths
  await provideImages([toolbox], {
    settings,
    runner: systemRunner,
    emit: () => {},
    toolchain: { bin },
    containerd: insideNode(pid, '/run/containerd/containerd.sock'),
    ctr: join(bin, 'ctr'),
    record: join(settings.clusterDir, 'images.json'),
  })
}
