import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { Any, Group, Subject } from '../support/subject.ts'
import { claim, container, idle, pod } from '../support/workloads.ts'

const namespace = 'e2e-storage'
const megabyte = 1024 * 1024

const holder = (name: string, of: string) =>
  pod(namespace, name, [container('holder', idle, { volumeMounts: [{ name: 'data', mountPath: '/data' }] })], {
    // any user may write to a fresh volume
    securityContext: { runAsUser: 1000, runAsGroup: 1000 },
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName: of } }],
  })

const volumeOf = async ({ get }: Subject, claim: string): Promise<string> =>
  (await get(namespace, 'pvc', claim)).spec.volumeName

const fileOf = ({ cluster }: Subject, volume: string) =>
  join(cluster.node().config.paths.state, 'volumes', `${volume}.img`)

/** Of volumes on disk. */
export const storage: Group = {
  objects: [
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'e2e-retain' },
      provisioner: 'platform.local/volume',
      volumeBindingMode: 'WaitForFirstConsumer',
      reclaimPolicy: 'Retain',
    },
    claim(namespace, 'unused', '64Mi'),
    claim(namespace, 'fills', '64Mi'),
    holder('fills', 'fills'),
    claim(namespace, 'deleted', '64Mi'),
    holder('deleted', 'deleted'),
    claim(namespace, 'retained', '64Mi', { storageClassName: 'e2e-retain' }),
    holder('retained', 'retained'),
  ],
  rows: {
    'a claim without a class has the default one, and waits for its first pod': async ({ get, wait, list }) => {
      await wait(namespace, 'the claim unused says that it waits', async () => {
        const events = (await list(namespace, 'events')).filter(
          ({ involvedObject }: Any) => involvedObject.name === 'unused',
        )
        return events.some(({ reason }: Any) => reason === 'WaitForFirstConsumer')
      })
      const { spec, status } = await get(namespace, 'pvc', 'unused')
      assert.equal([spec.storageClassName, status.phase, spec.volumeName], ['standard', 'Pending', undefined])
    },
    'a volume has the size asked for, and when it is full the host is not': async (subject) => {
      await subject.ready(namespace, 'fills')
      const kilobytes = Number((await subject.exec(namespace, 'fills', 'df -k /data | tail -n 1')).split(/\s+/)[1])
      assert.ok(kilobytes > 50 * 1024 && kilobytes <= 64 * 1024, `df says ${kilobytes} KiB of 64 MiB`)
      const said = await subject.exec(
        namespace,
        'fills',
        'dd if=/dev/zero of=/data/fill bs=1M count=128 2>&1; rm /data/fill',
      )
      assert.match(said, /No space left on device/)
      const file = fileOf(subject, await volumeOf(subject, 'fills'))
      const { size, blocks } = statSync(file)
      assert.is(size, 64 * megabyte)
      assert.ok(blocks * 512 <= 64 * megabyte, `${blocks * 512} bytes on the host`)
      // and it works again
      assert.is(await subject.exec(namespace, 'fills', 'echo kept > /data/file && cat /data/file'), 'kept')
    },
    'reclaim Delete: with the claim go the volume and its file': async (subject) => {
      await subject.ready(namespace, 'deleted')
      await subject.exec(namespace, 'deleted', 'echo gone > /data/file')
      const volume = await volumeOf(subject, 'deleted')
      const file = fileOf(subject, volume)
      assert.ok(existsSync(file), file)
      await subject.kubectl.run(['delete', '-n', namespace, 'pod/deleted', 'pvc/deleted'])
      await subject.wait(namespace, `the volume ${volume} is gone`, async () => {
        const { stdout } = await subject.kubectl.run(['get', 'pv', volume, '--ignore-not-found', '-o', 'name'])
        return stdout === '' && !existsSync(file)
      })
    },
    'reclaim Retain: the volume stays with its data, and a new claim can have it': async (subject) => {
      await subject.ready(namespace, 'retained')
      await subject.exec(namespace, 'retained', 'echo precious > /data/file')
      const volume = await volumeOf(subject, 'retained')
      await subject.kubectl.run(['delete', '-n', namespace, 'pod/retained', 'pvc/retained'])
      await subject.wait(namespace, `the volume ${volume} is Released`, async () => {
        return (await subject.get('', 'pv', volume)).status.phase === 'Released'
      })
      await subject.kubectl.run(['patch', 'pv', volume, '-p', '{"spec":{"claimRef":null}}'])
      await subject.create([
        claim(namespace, 'heir', '64Mi', { storageClassName: 'e2e-retain', volumeName: volume }),
        holder('heir', 'heir'),
      ])
      await subject.ready(namespace, 'heir')
      assert.is(await subject.exec(namespace, 'heir', 'cat /data/file'), 'precious')
    },
  },
}
