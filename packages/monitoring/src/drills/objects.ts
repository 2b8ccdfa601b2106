import type { KubeObject } from '@platform/cluster'
import { defineDrills, type ProofContext } from '@platform/engine'
import { scrapedServices } from '../checks/targets.ts'
import { component } from '../component.ts'
import { merge, misdirect, paths, rolloutComplete } from './change.ts'

/** A removed target is detected at the next service discovery, a failing one at its next scrape. */
const DETECT_MS = 60_000

interface Container {
  readonly name: string
  readonly args: readonly string[]
}

/** Wrong edits of the objects of the release. */
export const objectMutations = defineDrills([
  {
    kind: 'mutation',
    id: 'server-selector',
    changes: ['prometheus/server', 'prometheus/page'],
    name: 'the Service prometheus-server selects no pods',
    caughtBy: 'cluster-dns',
    break: (context) => misdirect(context, 'prometheus-server'),
  },
  {
    kind: 'mutation',
    id: 'retention-changed',
    changes: ['prometheus/retention'],
    disturbs: ['prometheus/server', 'prometheus/page'],
    name: 'Prometheus runs with another retention time than the values',
    caughtBy: 'retention',
    detectWithinMs: DETECT_MS,
    async break(context) {
      const path = paths.deployment('prometheus-server')
      const { spec } = await context.api.get<{ spec: { template: { spec: { containers: Container[] } } } }>(path)
      const [container] = spec.template.spec.containers
      const flag = container?.args.findIndex((arg) => arg.startsWith('--storage.tsdb.retention.time='))
      if (!container || flag === undefined || flag < 0)
        throw new Error('the Deployment prometheus-server has no flag for the retention time')
      const place = `/spec/template/spec/containers/0/args/${flag}`
      await context.api.patch(
        path,
        // Longer than the age of all data, because a drill must not delete data.
        [{ op: 'replace', path: place, value: '--storage.tsdb.retention.time=99y' }],
        'json',
      )
      await rolloutComplete(context, 'prometheus-server')
    },
  },
  {
    kind: 'mutation',
    id: 'annotation-gone',
    changes: ['prometheus/targets/node-exporter'],
    name: "node-exporter's Service has lost its annotation for scraping",
    caughtBy: 'targets',
    expectedMessage: /node-exporter: /,
    detectWithinMs: DETECT_MS,
    break: (context) =>
      merge(context, paths.service('prometheus-node-exporter'), {
        metadata: { annotations: { 'prometheus.io/scrape': null } },
      }),
  },
  {
    kind: 'mutation',
    id: 'annotation-of-another-gone',
    // `up` of the other component would repair it.
    changes: ['prometheus/targets/others', '*/up'],
    name: "another component's Service (Grafana's, if deployed) has lost its annotation for scraping",
    caughtBy: 'targets',
    expectedMessage: /pod of the Service/,
    detectWithinMs: DETECT_MS,
    async break(context) {
      const services = await scrapedServices(context)
      // Grafana is in the same namespace.
      const one = services.find(({ metadata }) => metadata.namespace === component.namespace) ?? services[0]
      if (!one) throw new Error('no other component has a Service that is annotated for scraping')
      await annotate(context, one, null)
    },
    // `up` of this component does not repair it, because it belongs to another release.
    async undo(context) {
      for (const one of await scrapedServices(context)) await annotate(context, one, 'true')
    },
  },
  {
    kind: 'mutation',
    id: 'state-metrics-selector',
    changes: ['prometheus/targets/kube-state-metrics'],
    name: 'the Service of kube-state-metrics selects no pods',
    caughtBy: 'targets',
    expectedMessage: /kube-state-metrics: /,
    detectWithinMs: DETECT_MS,
    break: (context) => misdirect(context, 'prometheus-kube-state-metrics'),
  },
  {
    kind: 'mutation',
    id: 'alertmanager-selector',
    changes: ['prometheus/targets/alertmanager', 'alertmanager/service', 'alertmanager/page'],
    name: 'the Service of Alertmanager selects no pods',
    caughtBy: 'targets',
    expectedMessage: /alertmanager: /,
    detectWithinMs: DETECT_MS,
    break: (context) => misdirect(context, 'prometheus-alertmanager'),
  },
  {
    kind: 'mutation',
    id: 'rights-gone',
    changes: ['prometheus/targets', 'prometheus/discovery'],
    name: 'Prometheus has lost its permissions for the API server and the kubelets',
    caughtBy: 'targets',
    detectWithinMs: DETECT_MS,
    // Edited and not deleted, because a check for missing objects would fail first.
    break: (context) =>
      merge(context, paths.binding('prometheus-server'), {
        subjects: [{ kind: 'ServiceAccount', name: 'nobody', namespace: component.namespace }],
      }),
  },
  {
    kind: 'mutation',
    id: 'page-open',
    changes: ['prometheus/page'],
    name: 'the Ingress of Prometheus requires no password',
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
    name: 'the Ingress of Alertmanager has another host',
    caughtBy: 'pages',
    expectedMessage: /expected 401, got 404/,
    async break(context) {
      const path = paths.ingress('prometheus-alertmanager')
      const change = [{ op: 'replace', path: '/spec/rules/0/host', value: `elsewhere.${component.name}.invalid` }]
      await context.api.patch(path, change, 'json')
    },
  },
])

/** Sets or removes the annotation of a Service for scraping. */
async function annotate(context: ProofContext, { metadata }: KubeObject, value: 'true' | null): Promise<void> {
  const path = `/api/v1/namespaces/${metadata.namespace}/services/${metadata.name}`
  await merge(context, path, { metadata: { annotations: { 'prometheus.io/scrape': value } } })
}
