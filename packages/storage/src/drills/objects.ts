import type { Mutation, ProofContext } from '@platform/engine'
import { rolledOut, statefulSetPath } from '../pod.ts'

const servicePath = ({ component: { namespace, release } }: ProofContext) =>
  `/api/v1/namespaces/${namespace}/services/${release}`

/** While the pod is replaced. */
const disturbs = ['mysql/server']

/** Every start of the server resets them. */
const accounts = 'mysql/accounts'

/** A change of the server's container. */
async function changeResources(context: ProofContext, resources: Readonly<Record<string, unknown>>): Promise<void> {
  const containers = [{ name: context.component.release, resources }]
  await context.api.patch(statefulSetPath(context), { spec: { template: { spec: { containers } } } }, 'strategic')
}

/** Mutations of the release's objects: `up` detects the drift and reverts it. */
export const objectMutations: readonly Mutation[] = [
  {
    kind: 'mutation',
    id: 'service-selector',
    changes: ['mysql/service'],
    name: "the Service's selector matches no pod",
    caughtBy: 'connect',
    async break(context) {
      await context.api.patch(servicePath(context), { spec: { selector: { 'app.kubernetes.io/name': 'mysql-typo' } } })
    },
  },
  {
    kind: 'mutation',
    id: 'data-beside-volume',
    changes: ['mysql/volume', accounts],
    disturbs,
    name: 'the server is configured to keep its data outside the volume',
    caughtBy: 'volume',
    async break(context) {
      const { namespace, release } = context.component
      const path = `/api/v1/namespaces/${namespace}/configmaps/${release}`
      const { data } = await context.api.get<{ data: Record<string, string> }>(path)
      const moved = Object.entries(data).map(([name, text]) => [name, text.replaceAll('=/var/lib/mysql', '=/tmp')])
      await context.api.patch(path, { data: Object.fromEntries(moved) })
      // Starts a rollout, as Helm does after a change of the ConfigMap.
      const template = { metadata: { annotations: { 'checksum/config': 'edited-by-hand' } } }
      await context.api.patch(statefulSetPath(context), { spec: { template } })
    },
    takeEffect: rolledOut,
  },
  {
    kind: 'mutation',
    id: 'exporter-annotation',
    changes: ['mysql/exporter', 'prometheus/targets/mysqld-exporter'],
    name: "the exporter's Service has no scrape annotation",
    caughtBy: 'exporter',
    detectWithinMs: 90_000,
    async break(context) {
      const annotations = { 'prometheus.io/scrape': null }
      await context.api.patch(`${servicePath(context)}-exporter`, { metadata: { annotations } })
    },
  },
  {
    kind: 'mutation',
    id: 'memory-limit',
    changes: ['mysql/limits', accounts],
    disturbs,
    name: 'the memory limit is changed by hand',
    caughtBy: 'memory-limit',
    detectWithinMs: 120_000,
    break: (context) => changeResources(context, { limits: { memory: '640Mi' } }),
    takeEffect: rolledOut,
  },
  {
    kind: 'mutation',
    id: 'requests',
    changes: ['mysql/requests', accounts],
    disturbs,
    name: 'the requests are changed by hand',
    caughtBy: 'requests',
    detectWithinMs: 120_000,
    break: (context) => changeResources(context, { requests: { cpu: '50m', memory: '128Mi' } }),
    takeEffect: rolledOut,
  },
]
