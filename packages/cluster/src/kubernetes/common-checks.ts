import type { Check } from '@platform/core'
import { type Api, ApiError } from './api.ts'
import { isTrue, type KubeList, type NodeObject } from './objects.ts'

/** Reads a path of the API as text. Throws when the API server does not answer with 200. */
export type ReadPath = (path: string) => Promise<string>

/** The API server's response for a path, as text. Throws ApiError if the status is not 200. */
export async function readPath(api: Api, path: string): Promise<string> {
  const { status, body } = await api.request(path)
  if (status !== 200)
    throw new ApiError(status, '', `GET ${path.split('?')[0]}: ${status} ${body.trim().slice(0, 500)}`)
  return body
}

/** The API server is ready, and all of its readyz checks pass. */
export function apiReady(read: ReadPath): Check {
  return {
    name: 'the API server is ready',
    timeoutMs: 60_000,
    hint: "pnpm kubectl get --raw '/readyz?verbose'",
    async run() {
      const said = await read('/readyz?verbose')
      const passed = said.split('\n').filter((line) => line.startsWith('[+]')).length
      const failed = said.split('\n').filter((line) => line.startsWith('[-]'))
      if (failed.length || !said.includes('readyz check passed')) throw new Error(failed.join('; ') || said.trim())
      return `${passed} readyz checks passed`
    },
  }
}

/** Every node is Ready and none is short of memory, disk or process ids. */
export function nodesReady(read: ReadPath): Check {
  return {
    name: 'every node is Ready',
    timeoutMs: 60_000,
    hint: 'pnpm kubectl describe nodes',
    async run() {
      const { items } = JSON.parse(await read('/api/v1/nodes')) as KubeList<NodeObject>
      if (items.length === 0) throw new Error('there is no node')
      const trouble = items.flatMap(nodeTrouble)
      if (trouble.length) throw new Error(trouble.join('; '))
      return items.map(({ metadata, status }) => `${metadata.name} ${status?.nodeInfo?.kubeletVersion}`).join(', ')
    },
  }
}

/** Problems of a node, with the kubelet's messages. */
export function nodeTrouble({ metadata, status }: NodeObject): string[] {
  const conditions = status?.conditions ?? []
  const ready = conditions.find(({ type }) => type === 'Ready')
  const pressures = conditions.filter(({ type, status: value }) => type.endsWith('Pressure') && value === 'True')
  return [
    !isTrue(conditions, 'Ready') &&
      `${metadata.name} is not Ready: ${ready?.message ?? 'the kubelet has not reported yet'}`,
    ...pressures.map(({ type, message }) => `${metadata.name}: ${type}: ${message ?? ''}`),
  ].filter((line): line is string => Boolean(line))
}
