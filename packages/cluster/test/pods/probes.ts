import * as assert from 'uvu/assert'
import type { Any, Group } from '../support/subject.ts'
import { container, idle, pod, service } from '../support/workloads.ts'

const namespace = 'e2e-probes'
/** One failure decides; a command that a busy machine is slow with is not one. */
const check = (command: string) => ({
  exec: { command: ['sh', '-c', command] },
  periodSeconds: 1,
  timeoutSeconds: 15,
  failureThreshold: 1,
})

/** Of liveness, readiness and startup probes. */
export const probes: Group = {
  objects: [
    // Its first life ends by the probe; the mark is on a volume that outlives it.
    pod(
      namespace,
      'sick',
      [
        container(
          'sick',
          `if [ -e /scratch/died ]; then touch /scratch/alive; fi; touch /scratch/died; echo life; ${idle}`,
          {
            livenessProbe: check('test -e /scratch/alive'),
            volumeMounts: [{ name: 'work', mountPath: '/scratch' }],
          },
        ),
      ],
      { volumes: [{ name: 'work', emptyDir: {} }] },
    ),
    pod(namespace, 'busy', [
      container('busy', `touch /tmp/ready; ${idle}`, { readinessProbe: check('test -e /tmp/ready') }),
    ]),
    service(namespace, 'busy', 'busy'),
    // Not alive in the sense of its liveness probe until it has started.
    pod(namespace, 'slow', [
      container('slow', `sleep 4; touch /tmp/started; ${idle}`, {
        livenessProbe: check('test -e /tmp/started'),
        startupProbe: { ...check('test -e /tmp/started'), failureThreshold: 60 },
      }),
    ]),
  ],
  rows: {
    'a container that fails its liveness probe is restarted, and says why': async ({ wait, get, list }) => {
      await wait(namespace, 'the pod sick has been restarted and is Ready', async () => {
        const [status] = (await get(namespace, 'pod', 'sick')).status.containerStatuses ?? []
        return status?.restartCount > 0 && status.ready
      })
      const events = (await list(namespace, 'events')).filter(
        ({ involvedObject }: Any) => involvedObject.name === 'sick',
      )
      assert.match(events.map(({ message }: Any) => message).join('\n'), /failed liveness probe/)
    },
    'a container that fails its readiness probe is out of its Service until it passes again': async ({
      ready,
      wait,
      list,
      exec,
    }) => {
      const endpoints = async () => {
        const slices = await list(namespace, 'endpointslices', 'kubernetes.io/service-name=busy')
        const all = slices.flatMap(({ endpoints }: Any) => endpoints ?? [])
        return all.filter(({ conditions }: Any) => conditions.ready).length
      }
      await ready(namespace, 'busy')
      await wait(namespace, 'the ready pod busy is behind its Service', async () => (await endpoints()) === 1)
      await exec(namespace, 'busy', 'rm /tmp/ready')
      await wait(namespace, 'the unready pod busy is not behind its Service', async () => (await endpoints()) === 0)
      await exec(namespace, 'busy', 'touch /tmp/ready')
      await wait(namespace, 'the pod busy is behind its Service again', async () => (await endpoints()) === 1)
    },
    'a liveness probe waits for the startup probe': async ({ ready }) => {
      const { status } = await ready(namespace, 'slow')
      const [{ restartCount, started, state }] = status.containerStatuses
      assert.equal([restartCount, started], [0, true])
      assert.ok(state.running)
    },
  },
}
