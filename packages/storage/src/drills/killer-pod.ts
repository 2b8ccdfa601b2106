import { randomBytes } from 'node:crypto'
import type { Manifest } from '@platform/cluster'
import type { ProofContext } from '@platform/engine'

/** Ends the pod even if the process that created it is killed. */
const DEADLINE_S = 600

/**
 * A pod that sends SIGKILL to MySQL from outside its container: inside, process 1 ignores it. It runs in the node's
 * process namespace as the server's user, whose signals need no privilege.
 *
 * @param uid of MySQL's pod
 * @param again kill after every restart; otherwise once
 */
export function killerPod(context: ProofContext, { uid, again }: { uid: string; again: boolean }): Manifest {
  const { namespace, release } = context.component
  const { images } = context.values as { images: { mysql: string } }
  // The pod's uid is in the names of its cgroups: with dashes, or with underscores under systemd.
  const kill = `kill_server() {
  for process in /proc/[0-9]*; do
    [ "$(cat "$process/comm" 2>/dev/null)" = mysqld ] || continue
    tr _ - <"$process/cgroup" 2>/dev/null | grep -q "$POD_UID" && kill -KILL "\${process#/proc/}" && return 0
  done
  return 1
}`
  const once = 'kill_server || { echo "no mysqld of pod $POD_UID"; exit 1; }'
  const script = `${kill}\n${again ? 'while :; do kill_server; sleep 1; done' : once}`
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${release}-kill-${randomBytes(3).toString('hex')}`, namespace },
    spec: {
      hostPID: true,
      restartPolicy: 'Never',
      activeDeadlineSeconds: DEADLINE_S,
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      containers: [
        {
          name: 'kill',
          image: images.mysql,
          imagePullPolicy: 'IfNotPresent',
          command: ['/bin/sh', '-c', script],
          env: [{ name: 'POD_UID', value: uid }],
          resources: { requests: { cpu: '5m', memory: '8Mi' }, limits: { cpu: '200m', memory: '32Mi' } },
          securityContext: {
            ...{ runAsUser: 999, runAsGroup: 999, runAsNonRoot: true, allowPrivilegeEscalation: false },
            capabilities: { drop: ['ALL'] },
          },
        },
      ],
      // On the same node.
      affinity: {
        podAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            {
              topologyKey: 'kubernetes.io/hostname',
              labelSelector: {
                matchLabels: { 'app.kubernetes.io/name': 'mysql', 'app.kubernetes.io/instance': release },
              },
            },
          ],
        },
      },
    },
  }
}
