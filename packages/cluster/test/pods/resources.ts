import * as assert from 'uvu/assert'
import type { Group } from '../support/subject.ts'
import { container, idle, pod } from '../support/workloads.ts'

const namespace = 'e2e-resources'

/** The cgroup's file of version 1, else that of version 2. */
const either = (v1: string, v2: string) => `cat /sys/fs/cgroup/${v1} 2>/dev/null || cat /sys/fs/cgroup/${v2}`

/** Of requests and limits. */
export const resources: Group = {
  objects: [
    pod(
      namespace,
      'greedy',
      [container('greedy', 'exec tail /dev/zero', { resources: { limits: { memory: '32Mi' } } })],
      {
        restartPolicy: 'Never',
      },
    ),
    pod(namespace, 'burning', [
      container('burning', 'while :; do :; done', {
        resources: { requests: { cpu: '50m', memory: '16Mi' }, limits: { cpu: '100m', memory: '48Mi' } },
      }),
    ]),
    pod(namespace, 'huge', [container('huge', idle, { resources: { requests: { cpu: '1000' } } })]),
  ],
  rows: {
    'a container over its memory limit is OOMKilled': async ({ wait, get }) => {
      const { reason, exitCode } = await wait(namespace, 'the pod greedy has ended', async () => {
        const { status } = await get(namespace, 'pod', 'greedy')
        return status.containerStatuses?.[0]?.state.terminated
      })
      assert.equal([reason, exitCode], ['OOMKilled', 137])
    },
    'a cpu limit is a quota of the cgroup, and throttles; a request is a share': async ({ ready, exec }) => {
      await ready(namespace, 'burning')
      const quota = await exec(namespace, 'burning', either('cpu/cpu.cfs_quota_us', 'cpu.max'))
      assert.match(quota, /^10000( 100000)?$/)
      const share = await exec(namespace, 'burning', either('cpu/cpu.shares', 'cpu.weight'))
      assert.ok(Number(share) > 0 && Number(share) < 60, `shares or weight of 50m: ${share}`)
      const throttled = async () => {
        const stat = await exec(namespace, 'burning', either('cpu/cpu.stat', 'cpu.stat'))
        return Number(/nr_throttled (\d+)/.exec(stat)?.[1])
      }
      const before = await throttled()
      await exec(namespace, 'burning', 'sleep 1')
      const after = await throttled()
      assert.ok(after > before, `throttled ${before} times, then ${after}`)
    },
    'a memory limit is that of the cgroup': async ({ exec }) => {
      const bytes = await exec(namespace, 'burning', either('memory/memory.limit_in_bytes', 'memory.max'))
      assert.is(Number(bytes), 48 * 1024 * 1024)
    },
    'a pod that asks for more than the node has waits, and says why': async ({ get }) => {
      const { status } = await get(namespace, 'pod', 'huge')
      assert.is(status.phase, 'Pending')
      assert.match(status.conditions[0].message, /Insufficient cpu/)
    },
  },
}
