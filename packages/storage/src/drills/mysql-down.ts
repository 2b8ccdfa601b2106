import type { Fault } from '@platform/engine'
import { mysqlPod } from '../mysql.ts'
import { serverState } from '../pod.ts'
import { killerPod } from './killer-pod.ts'

/** The server is killed whenever it starts, so its exporter, in the same pod, cannot connect. */
export const mysqlDown: Fault = {
  kind: 'fault',
  id: 'mysql-down',
  changes: ['mysql', 'alerts/mysql'],
  name: 'MySQL is killed after every start',
  alert: 'MySQLDown',
  async break(context) {
    const { namespace } = context.component
    const pod = await mysqlPod(context)
    const { uid } = await serverState(context, pod)
    await context.temporary(killerPod(context, { uid, again: true }))
    return {
      labels: { namespace, pod },
      // A new pod does not wait for the kubelet's restart back-off.
      undo: () => context.api.delete(`/api/v1/namespaces/${namespace}/pods/${pod}`),
    }
  },
}
