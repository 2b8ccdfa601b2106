import * as assert from 'uvu/assert'
import type { Group, Subject } from '../support/subject.ts'
import { container, idle, pod } from '../support/workloads.ts'

const namespace = 'e2e-metrics'
const limitBytes = 40 * 1024 * 1024

/** The values of a series of the kubelet whose labels are, among others, these. */
async function series(
  { kubectl, cluster }: Subject,
  path: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number[]> {
  const text = await kubectl.raw(`/api/v1/nodes/${cluster.node().config.nodeName}/proxy/${path}`)
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
  return text.split('\n').flatMap((line) => {
    const found = /^(\w+)(\{.*\})? (\S+)/.exec(line)
    return found?.[1] === name && wanted.every((label) => found[2]?.includes(label)) ? [Number(found[3])] : []
  })
}

const ofPod = { namespace, pod: 'measured', container: 'measured' }

/** Of what is measured. */
export const metrics: Group = {
  objects: [
    pod(namespace, 'measured', [container('measured', idle, { resources: { limits: { memory: `${limitBytes}` } } })]),
  ],
  rows: {
    '/metrics of the kubelet': async (subject) => {
      await subject.ready(namespace, 'measured')
      const [running = 0] = await series(subject, 'metrics', 'kubelet_running_pods')
      assert.ok(running > 10, `kubelet_running_pods is ${running}`)
    },
    '/metrics/cadvisor has series by container, with its limit and its use': async (subject) => {
      const [limit] = await subject.wait(namespace, 'cAdvisor knows the container measured', async () => {
        const found = await series(subject, 'metrics/cadvisor', 'container_spec_memory_limit_bytes', ofPod)
        return found.length > 0 && found
      })
      assert.is(limit, limitBytes)
      for (const name of ['container_memory_working_set_bytes', 'container_cpu_usage_seconds_total']) {
        const [value = 0] = await series(subject, 'metrics/cadvisor', name, ofPod)
        assert.ok(value > 0 && value < limitBytes, `${name} is ${value}`)
      }
      const network = await series(subject, 'metrics/cadvisor', 'container_network_receive_bytes_total', {
        namespace,
        pod: 'measured',
      })
      assert.is(network.length, 1, 'one interface')
    },
    '/metrics/resource has cpu and memory by container': async (subject) => {
      await subject.wait(namespace, '/metrics/resource knows the container measured', async () => {
        const [bytes = 0] = await series(subject, 'metrics/resource', 'container_memory_working_set_bytes', ofPod)
        return bytes > 0 && bytes < limitBytes
      })
    },
    'a volume has its capacity and its use in /metrics': async (subject) => {
      // The kubelet looks for new volumes once a minute.
      const labels = { namespace: 'e2e-storage', persistentvolumeclaim: 'fills' }
      const [capacity = 0] = await subject.wait(
        'e2e-storage',
        'the kubelet has measured the volume of the claim fills',
        async () => {
          const found = await series(subject, 'metrics', 'kubelet_volume_stats_capacity_bytes', labels)
          return found.length > 0 && found
        },
        90_000,
      )
      assert.ok(capacity > 50 * 2 ** 20 && capacity <= 64 * 2 ** 20, `capacity is ${capacity}`)
      const [used = 0] = await series(subject, 'metrics', 'kubelet_volume_stats_used_bytes', labels)
      assert.ok(used > 0 && used <= capacity, `used is ${used}`)
    },
  },
}
