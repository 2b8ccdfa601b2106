import * as assert from 'uvu/assert'
import type { Group } from '../support/subject.ts'
import { container, idle, object, pod } from '../support/workloads.ts'

const namespace = 'e2e-configuration'

/** Of its configuration, its volumes without a disk, and its containers among themselves. */
export const configuration: Group = {
  objects: [
    object('v1', 'ConfigMap', namespace, 'settings', { data: { greeting: 'hello', 'server.conf': 'port = 1\n' } }),
    object('v1', 'Secret', namespace, 'credentials', { stringData: { password: 'open sesame' } }),
    pod(
      namespace,
      'reader',
      [
        container('reader', idle, {
          env: [
            { name: 'GREETING', valueFrom: { configMapKeyRef: { name: 'settings', key: 'greeting' } } },
            { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'credentials', key: 'password' } } },
          ],
          volumeMounts: [
            { name: 'settings', mountPath: '/settings' },
            { name: 'credentials', mountPath: '/credentials' },
            { name: 'projected', mountPath: '/projected' },
            { name: 'shared', mountPath: '/shared' },
            { name: 'memory', mountPath: '/memory' },
            { name: 'node', mountPath: '/node-hostname' },
          ],
        }),
        container('writer', `echo written > /shared/file; ${idle}`, {
          volumeMounts: [{ name: 'shared', mountPath: '/shared' }],
        }),
      ],
      {
        shareProcessNamespace: true,
        initContainers: [
          container('first', 'echo first >> /shared/order', {
            volumeMounts: [{ name: 'shared', mountPath: '/shared' }],
          }),
          container('sidecar', `echo sidecar >> /shared/order; ${idle}`, {
            restartPolicy: 'Always',
            volumeMounts: [{ name: 'shared', mountPath: '/shared' }],
          }),
          // the sidecar has begun by then, and is not waited for
          container('second', 'until grep -q sidecar /shared/order; do sleep 0.1; done; echo second >> /shared/order', {
            volumeMounts: [{ name: 'shared', mountPath: '/shared' }],
          }),
        ],
        volumes: [
          { name: 'settings', configMap: { name: 'settings' } },
          { name: 'credentials', secret: { secretName: 'credentials', defaultMode: 0o400 } },
          {
            name: 'projected',
            projected: {
              sources: [
                { configMap: { name: 'settings', items: [{ key: 'greeting', path: 'from-config-map' }] } },
                { secret: { name: 'credentials', items: [{ key: 'password', path: 'from-secret' }] } },
                { downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
                { serviceAccountToken: { path: 'token', audience: 'a-test', expirationSeconds: 600 } },
              ],
            },
          },
          { name: 'shared', emptyDir: {} },
          { name: 'memory', emptyDir: { medium: 'Memory', sizeLimit: '16Mi' } },
          { name: 'node', hostPath: { path: '/etc/hostname', type: 'File' } },
        ],
      },
    ),
  ],
  rows: {
    'a ConfigMap is there as files and in the environment': async ({ ready, exec }) => {
      await ready(namespace, 'reader')
      assert.is(await exec(namespace, 'reader', 'cat /settings/server.conf; echo $GREETING'), 'port = 1\nhello')
    },
    'a Secret is there in memory, with the mode asked for, and in the environment': async ({ exec }) => {
      const said = await exec(
        namespace,
        'reader',
        'cat /credentials/password; echo; echo $PASSWORD; stat -L -c %a /credentials/password; grep " /credentials " /proc/mounts',
      )
      assert.match(said, /^open sesame\nopen sesame\n400\ntmpfs /)
    },
    'a projected volume has a ConfigMap, a Secret, the pod itself and a token for one audience': async ({ exec }) => {
      const said = await exec(
        namespace,
        'reader',
        'cd /projected; cat from-config-map; echo; cat from-secret; echo; cat labels',
      )
      assert.is(said, 'hello\nopen sesame\napp="reader"')
      const [, payload = ''] = (await exec(namespace, 'reader', 'cat /projected/token')).split('.')
      const { aud, sub } = JSON.parse(Buffer.from(payload, 'base64url').toString())
      assert.equal(aud, ['a-test'])
      assert.is(sub, `system:serviceaccount:${namespace}:default`)
    },
    'an emptyDir is shared by the containers of a pod; one in memory has its own size': async ({ exec }) => {
      assert.is(await exec(namespace, 'reader', 'cat /shared/file'), 'written')
      const [type, kilobytes] = (await exec(namespace, 'reader', 'df -k /memory | tail -n 1')).split(/\s+/)
      assert.equal([type, kilobytes], ['tmpfs', String(16 * 1024)])
    },
    'init containers run one after the other, then the rest; a sidecar goes on beside them': async ({ exec, get }) => {
      assert.is(await exec(namespace, 'reader', 'cat /shared/order'), 'first\nsidecar\nsecond')
      const { status } = await get(namespace, 'pod', 'reader')
      const states = status.initContainerStatuses.map((each: { state: object }) => Object.keys(each.state)[0])
      assert.equal(states, ['terminated', 'running', 'terminated'])
    },
    'a hostPath is the node, not the host': async ({ exec, cluster }) => {
      assert.is(await exec(namespace, 'reader', 'cat /node-hostname'), cluster.node().config.nodeName)
    },
    'the containers of a pod see each other where it asks for that, and nobody else': async ({ exec }) => {
      const processes = (await exec(namespace, 'reader', 'ps -o args')).split('\n')
      assert.match(processes[1] ?? '', /^\/pause/)
      // reader, writer, sidecar
      assert.is(processes.filter((line) => /^sleep 100000/.test(line)).length, 3)
      assert.is(processes.filter((line) => /etcd|kube|containerd/.test(line)).length, 0)
    },
  },
}
