import { randomBytes } from 'node:crypto'
import type { KubeObject, Manifest, PodObject } from '@platform/cluster'
import type { Fault, ProofContext } from '@platform/engine'
import { namespace, valuesOf } from '../checks/common.ts'

/** Longer than the slowest of these alerts. It also ends the pods of a killed run. */
const DEADLINE_S = 900

interface FaultyPod {
  readonly script: string
  readonly limits: { readonly cpu: string; readonly memory: string }
  readonly restarts?: boolean
  readonly annotations?: Readonly<Record<string, string>>
  /** The volume at /data. */
  readonly volume?: object
}

/** Faults of workloads and nodes. Each uses temporary objects only. */
export const faults: readonly Fault[] = [
  {
    kind: 'fault',
    id: 'crash-loop',
    changes: ['alerts/crash-loop'],
    name: 'a pod is crash looping',
    alert: 'KubePodCrashLooping',
    async break(context) {
      const pod = await createPod(context, 'crash', {
        script: 'exit 1',
        limits: { cpu: '100m', memory: '16Mi' },
        restarts: true,
      })
      return { labels: { namespace, pod } }
    },
  },
  {
    kind: 'fault',
    id: 'memory-near-limit',
    changes: ['alerts/memory'],
    name: 'a container uses 94 % of its memory limit',
    alert: 'ContainerMemoryNearLimit',
    async break(context) {
      const pod = await createPod(context, 'memory', {
        // Files in memory count toward the container's working set, and their size is stable.
        script: 'dd if=/dev/zero of=/data/fill bs=1M count=60 && touch /tmp/ready && exec sleep 900',
        limits: { cpu: '500m', memory: '64Mi' },
        volume: { emptyDir: { medium: 'Memory' } },
      })
      await faultPresent(context, pod)
      return { labels: { namespace, pod, container: 'fault' } }
    },
  },
  {
    kind: 'fault',
    id: 'cpu-throttled',
    changes: ['alerts/cpu'],
    name: 'a container needs more CPU than its limit',
    alert: 'CPUThrottlingHigh',
    async break(context) {
      const script = 'touch /tmp/ready; while :; do :; done'
      const pod = await createPod(context, 'throttled', { script, limits: { cpu: '50m', memory: '16Mi' } })
      await faultPresent(context, pod)
      return { labels: { namespace, pod, container: 'fault' } }
    },
  },
  {
    kind: 'fault',
    id: 'volume-full',
    changes: ['alerts/volume'],
    name: 'a volume fills up',
    alert: 'KubePersistentVolumeFillingUp',
    async break(context) {
      // With a StorageClass that does not limit volume sizes, this would fill the disk of the node.
      const script = `size=$(df -Pk /data | awk 'END { print $2 }')
if [ "$size" -gt 2097152 ]; then echo "the volume of 64Mi has $size KiB: the StorageClass does not limit its size" | tee /dev/termination-log; exit 1; fi
dd if=/dev/zero of=/data/fill bs=64k 2>/dev/null
sync; touch /tmp/ready; exec sleep 900`
      const pod = await createPod(context, 'volume', {
        ...{ script, limits: { cpu: '500m', memory: '64Mi' } },
        volume: {
          ephemeral: {
            volumeClaimTemplate: {
              spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '64Mi' } } },
            },
          },
        },
      })
      await faultPresent(context, pod)
      return { labels: { namespace, persistentvolumeclaim: `${pod}-data` } }
    },
  },
  {
    kind: 'fault',
    id: 'target-gone',
    changes: ['alerts/target'],
    name: 'a target goes down',
    alert: 'TargetDown',
    async break(context) {
      const pod = await createPod(context, 'target', {
        script: `mkdir /tmp/www && echo 'drill_up 1' >/tmp/www/metrics.txt && touch /tmp/ready
httpd -f -p 9095 -h /tmp/www & echo $! >/tmp/pid; sleep 900`,
        limits: { cpu: '100m', memory: '16Mi' },
        annotations: {
          'prometheus.io/scrape': 'true',
          'prometheus.io/port': '9095',
          'prometheus.io/path': '/metrics.txt',
        },
      })
      const prometheus = await context.prometheus()
      await context.until(`Prometheus to scrape ${pod}`, async () => {
        const [up] = await prometheus.query(`up{job="kubernetes-pods", pod="${pod}"}`)
        return up?.value === 1 || undefined
      })
      const { exitCode, stderr } = await context.exec({ namespace, name: pod }, [
        '/bin/sh',
        '-c',
        'kill $(cat /tmp/pid)',
      ])
      if (exitCode !== 0) throw new Error(`the HTTP server of pod ${pod} could not be stopped: ${stderr}`)
      return { labels: { namespace, pod, job: 'kubernetes-pods' } }
    },
  },
  {
    kind: 'fault',
    id: 'node-without-kubelet',
    // Prometheus also scrapes the kubelet of this Node, which does not exist.
    changes: ['alerts/node', 'prometheus/targets/nodes'],
    name: 'a Node without a kubelet',
    alert: 'KubeNodeNotReady',
    async break(context) {
      const name = `verify-fault-${randomBytes(3).toString('hex')}`
      // No labels that a DaemonSet could select, and unschedulable, so that no pod is placed on it.
      await context.temporary({ apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: { unschedulable: true } })
      return { labels: { node: name } }
    },
  },
]

/** Creates a pod that runs the script in the image of Prometheus. Returns its name. */
async function createPod(context: ProofContext, name: string, options: FaultyPod): Promise<string> {
  const [pod] = await context.temporary(faultyPod(name, valuesOf(context).images.prometheus, options))
  if (!pod) throw new Error(`the pod ${name} was not created`)
  return pod.metadata.name
}

/** Waits until the pod is ready, which means that its script has caused the fault. Fails if the script ends. */
async function faultPresent(context: ProofContext, name: string): Promise<void> {
  await context.until(`the pod ${name} to cause the fault`, async () => {
    const pod = await context.api.get<PodObject>(`/api/v1/namespaces/${namespace}/pods/${name}`)
    const [container] = pod.status?.containerStatuses ?? []
    const ended = container?.state?.terminated
    if (ended) throw new Error(`the pod ${name} terminated: ${ended.reason} ${ended.message ?? ''}`)
    return container?.ready || undefined
  })
}

function faultyPod(
  name: string,
  image: string,
  { script, limits, restarts, annotations, volume }: FaultyPod,
): Manifest {
  const metadata = {
    generateName: `verify-fault-${name}-`,
    namespace,
    labels: { 'app.kubernetes.io/name': 'verify-fault' },
    annotations: { 'prometheus.io/scrape': 'false', ...annotations },
  }
  return {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: metadata as unknown as KubeObject['metadata'] },
    spec: {
      ...{ restartPolicy: restarts ? 'Always' : 'Never', activeDeadlineSeconds: DEADLINE_S },
      ...{ terminationGracePeriodSeconds: 0, automountServiceAccountToken: false, enableServiceLinks: false },
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65534,
        fsGroup: 65534,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [
        {
          ...{ name: 'fault', image, imagePullPolicy: 'IfNotPresent', command: ['/bin/sh', '-c', script] },
          ...(!restarts && {
            readinessProbe: { exec: { command: ['test', '-e', '/tmp/ready'] }, periodSeconds: 2, timeoutSeconds: 10 },
          }),
          resources: { requests: { cpu: '5m', memory: '8Mi' }, limits },
          securityContext: {
            ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
            capabilities: { drop: ['ALL'] },
          },
          volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }, ...(volume ? [{ name: 'data', mountPath: '/data' }] : [])],
        },
      ],
      volumes: [{ name: 'tmp', emptyDir: { sizeLimit: '1Mi' } }, ...(volume ? [{ name: 'data', ...volume }] : [])],
    },
  }
}
