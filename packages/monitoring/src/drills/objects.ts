import type { KubeObject } from '@platform/cluster'
import { defineDrills, type ProofContext } from '@platform/engine'
import { scrapedServices } from '../checks/targets.ts'
import { component } from '../component.ts'
import { merge, misdirect, paths, rolledOut } from './change.ts'

/** A target that is gone is seen when the list of targets is made anew; one that does not answer at its next scrape. */
const SHOWS_MS = 60_000

interface Container {
  readonly name: string
  readonly args: readonly string[]
}

/** What a wrong edit of the release's objects does. */
export const objectMutations = defineDrills([
  {
    kind: 'mutation',
    id: 'server-selector',
    changes: ['prometheus/server', 'prometheus/page'],
    name: 'the Service prometheus-server leads nowhere',
    caughtBy: 'cluster-dns',
    break: (context) => misdirect(context, 'prometheus-server'),
  },
  {
    kind: 'mutation',
    id: 'retention-changed',
    changes: ['prometheus/retention'],
    disturbs: ['prometheus/server', 'prometheus/page'],
    name: 'Prometheus keeps its data for other than is set',
    caughtBy: 'retention',
    detectWithinMs: SHOWS_MS,
    async break(context) {
      const path = paths.deployment('prometheus-server')
      const { spec } = await context.api.get<{ spec: { template: { spec: { containers: Container[] } } } }>(path)
      const [container] = spec.template.spec.containers
      const flag = container?.args.findIndex((arg) => arg.startsWith('--storage.tsdb.retention.time='))
      if (!container || flag === undefined || flag < 0) throw new Error('Prometheus has no flag of its retention')
      const place = `/spec/template/spec/containers/0/args/${flag}`
      await context.api.patch(
        path,
        // Longer than all that the cluster has: a drill deletes no data.
        [{ op: 'replace', path: place, value: '--storage.tsdb.retention.time=99y' }],
        'json',
      )
      await rolledOut(context, 'prometheus-server')
    },
  },
  {
    kind: 'mutation',
    id: 'annotation-gone',
    changes: ['prometheus/targets/node-exporter'],
    name: "node-exporter's Service does not ask to be scraped any more",
    caughtBy: 'targets',
    expectedMessage: /node-exporter: /,
    detectWithinMs: SHOWS_MS,
    break: (context) =>
      merge(context, paths.service('prometheus-node-exporter'), {
        metadata: { annotations: { 'prometheus.io/scrape': null } },
      }),
  },
  {
    kind: 'mutation',
    id: 'annotation-of-another-gone',
    // `up` of that component would repair it.
    changes: ['prometheus/targets/others', '*/up'],
    name: "another component's Service (Grafana's, where it runs) does not ask to be scraped any more",
    caughtBy: 'targets',
    expectedMessage: /pod of the Service/,
    detectWithinMs: SHOWS_MS,
    async break(context) {
      const services = await scrapedServices(context)
      // Its namespace is ours.
      const one = services.find(({ metadata }) => metadata.namespace === component.namespace) ?? services[0]
      if (!one) throw new Error('no other component has a Service that asks to be scraped')
      await annotate(context, one, null)
    },
    // It is not of this component's release.
    async undo(context) {
      for (const one of await scrapedServices(context)) await annotate(context, one, 'true')
    },
  },
  {
    kind: 'mutation',
    id: 'state-metrics-selector',
    changes: ['prometheus/targets/kube-state-metrics'],
    name: 'the Service of kube-state-metrics leads nowhere',
    caughtBy: 'targets',
    expectedMessage: /kube-state-metrics: /,
    detectWithinMs: SHOWS_MS,
    break: (context) => misdirect(context, 'prometheus-kube-state-metrics'),
  },
  {
    kind: 'mutation',
    id: 'alertmanager-selector',
    changes: ['prometheus/targets/alertmanager', 'alertmanager/service', 'alertmanager/page'],
    name: 'the Service of Alertmanager leads nowhere',
    caughtBy: 'targets',
    expectedMessage: /alertmanager: /,
    detectWithinMs: SHOWS_MS,
    break: (context) => misdirect(context, 'prometheus-alertmanager'),
  },
  {
    kind: 'mutation',
    id: 'rights-gone',
    changes: ['prometheus/targets', 'prometheus/discovery'],
    name: 'Prometheus may not ask the API server and the kubelets any more',
    caughtBy: 'targets',
    detectWithinMs: SHOWS_MS,
    // Not deleted: that the object is not there would be seen first.
    break: (context) =>
      merge(context, paths.binding('prometheus-server'), {
        subjects: [{ kind: 'ServiceAccount', name: 'nobody', namespace: component.namespace }],
      }),
  },
  {
    kind: 'mutation',
    id: 'page-open',
    changes: ['prometheus/page'],
    name: "the Ingress of Prometheus' page asks for no password any more",
    caughtBy: 'pages',
    expectedMessage: /expected 401, got 200/,
    break: (context) =>
      merge(context, paths.ingress('prometheus-server'), {
        metadata: { annotations: { 'traefik.ingress.kubernetes.io/router.middlewares': null } },
      }),
  },
  {
    kind: 'mutation',
    id: 'page-host',
    changes: ['alertmanager/page'],
    name: "the Ingress of Alertmanager's page is of another host",
    caughtBy: 'pages',
    expectedMessage: /expected 401, got 404/,
    async break(context) {
      const path = paths.ingress('prometheus-alertmanager')
      const change = [{ op: 'replace', path: '/spec/rules/0/host', value: `elsewhere.${component.name}.invalid` }]
      await context.api.patch(path, change, 'json')
    },
  },
])

/** Lets a Service ask to be scraped, or not. */
async function annotate(context: ProofContext, { metadata }: KubeObject, value: 'true' | null): Promise<void> {
  const path = `/api/v1/namespaces/${metadata.namespace}/services/${metadata.name}`
  await merge(context, path, { metadata: { annotations: { 'prometheus.io/scrape': value } } })
}
