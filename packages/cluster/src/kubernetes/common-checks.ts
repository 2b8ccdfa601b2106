import type { Check } from '@platform/core'
import type { Kubectl } from './kubectl.ts'
import { isTrue, type KubeList, type NodeObject } from './objects.ts'

/** The API server says that it is ready, and each of its own checks passes. */
export function apiReady(kubectl: Kubectl): Check {
  return {
    name: 'the API server is ready',
    limitMs: 60_000,
    hint: "pnpm kubectl get --raw '/readyz?verbose'",
    async ask() {
      const said = await kubectl.raw('/readyz?verbose')
      const passed = said.split('\n').filter((line) => line.startsWith('[+]')).length
      const failed = said.split('\n').filter((line) => line.startsWith('[-]'))
      if (failed.length || !said.includes('readyz check passed')) throw new Error(failed.join('; ') || said.trim())
      return `${passed} checks of its own`
    },
  }
}

/** Every node is Ready and none is short of memory, disk or process ids. */
export function nodesReady(kubectl: Kubectl): Check {
  return {
    name: 'every node is Ready',
    limitMs: 60_000,
    hint: 'pnpm kubectl describe nodes',
    async ask() {
      const { items } = await kubectl.json<KubeList<NodeObject>>(['get', 'nodes'])
      if (items.length === 0) throw new Error('there is no node')
      const trouble = items.flatMap(nodeTrouble)
      if (trouble.length) throw new Error(trouble.join('; '))
      return items.map(({ metadata, status }) => `${metadata.name} ${status?.nodeInfo?.kubeletVersion}`).join(', ')
    },
  }
}

/** Why a node is not as it should be, in the kubelet's own words. */
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
