import * as assert from 'uvu/assert'
import type { Any, Group, Subject } from '../support/subject.ts'
import { container, idle, object, service, template } from '../support/workloads.ts'

const namespace = 'e2e-workloads'
const once = { restartPolicy: 'Never' }

const conditionOf = ({ wait, get }: Subject, job: string, type: string) =>
  wait(namespace, `the Job ${job} is ${type}`, async () => {
    const { status } = await get(namespace, 'job', job)
    return status.conditions?.find((each: Any) => each.type === type && each.status === 'True')
  })

/** Of what makes pods. */
export const workloads: Group = {
  objects: [
    object('batch/v1', 'Job', namespace, 'works', {
      spec: {
        completions: 3,
        parallelism: 2,
        completionMode: 'Indexed',
        template: template('works', [container('works', 'echo part $JOB_COMPLETION_INDEX')], once),
      },
    }),
    object('batch/v1', 'Job', namespace, 'fails', {
      spec: { backoffLimit: 0, template: template('fails', [container('fails', 'echo no use; exit 3')], once) },
    }),
    object('batch/v1', 'CronJob', namespace, 'minutely', {
      spec: {
        schedule: '* * * * *',
        jobTemplate: { spec: { template: template('minutely', [container('minutely', 'echo tick')], once) } },
      },
    }),
    object('apps/v1', 'DaemonSet', namespace, 'everywhere', {
      spec: {
        selector: { matchLabels: { app: 'everywhere' } },
        template: template('everywhere', [container('everywhere', idle)]),
      },
    }),
    service(namespace, 'db', 'db', { clusterIP: 'None' }),
    object('apps/v1', 'StatefulSet', namespace, 'db', {
      spec: {
        serviceName: 'db',
        replicas: 2,
        selector: { matchLabels: { app: 'db' } },
        template: template('db', [container('db', idle, { volumeMounts: [{ name: 'data', mountPath: '/data' }] })]),
        volumeClaimTemplates: [
          {
            metadata: { name: 'data' },
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '64Mi' } } },
          },
        ],
      },
    }),
  ],
  rows: {
    'a Job runs each of its parts once': async (subject) => {
      await conditionOf(subject, 'works', 'Complete')
      const { stdout } = await subject.kubectl.run(['logs', '-n', namespace, '-l', 'app=works'])
      assert.equal(stdout.trim().split('\n').sort(), ['part 0', 'part 1', 'part 2'])
    },
    'a Job that fails says so': async (subject) => {
      const { reason } = await conditionOf(subject, 'fails', 'Failed')
      assert.is(reason, 'BackoffLimitExceeded')
    },
    'a DaemonSet has a pod on each node': async ({ wait, get, list }) => {
      const { desiredNumberScheduled } = await wait(namespace, 'the DaemonSet is ready', async () => {
        const { status } = await get(namespace, 'daemonset', 'everywhere')
        return status.numberReady > 0 && status
      })
      assert.is(desiredNumberScheduled, (await list('', 'nodes')).length)
    },
    'a StatefulSet gives its pods stable names, in DNS too, and each its volume': async ({
      ready,
      exec,
      kubectl,
      get,
      wait,
    }) => {
      await ready(namespace, 'db-0')
      const { metadata } = await ready(namespace, 'db-1')
      await exec(namespace, 'db-1', 'hostname > /data/file')
      const { spec } = await get(namespace, 'pvc', 'data-db-1')
      await kubectl.run(['delete', 'pod', 'db-1', '-n', namespace])
      const again = await wait(namespace, 'another pod db-1 is Ready', async () => {
        const pod = await get(namespace, 'pod', 'db-1')
        return pod.metadata.uid !== metadata.uid && pod.status.containerStatuses?.[0]?.ready && pod
      })
      assert.is(await exec(namespace, 'db-1', 'cat /data/file'), 'db-1')
      assert.is((await get(namespace, 'pvc', 'data-db-1')).spec.volumeName, spec.volumeName)
      const address = async () => {
        const said = await exec(namespace, 'db-0', `nslookup -type=a db-1.db.${namespace}.svc.cluster.local || true`)
        return /Address: ([\d.]+)$/.exec(said)?.[1]
      }
      await wait(
        namespace,
        `db-1.db is ${again.status.podIP}`,
        async () => (await address()) === again.status.podIP,
        45_000,
      )
    },
    'a CronJob makes a Job by hand, and each minute by itself': async (subject) => {
      await subject.kubectl.run(['create', 'job', '-n', namespace, 'by-hand', '--from=cronjob/minutely'])
      await conditionOf(subject, 'by-hand', 'Complete')
      await subject.wait(
        namespace,
        'the CronJob minutely has made a Job that is complete',
        async () => {
          const jobs = await subject.list(namespace, 'jobs')
          return jobs.some(
            ({ metadata, status }: Any) => metadata.name.startsWith('minutely-') && status.succeeded === 1,
          )
        },
        80_000,
      )
    },
  },
}
