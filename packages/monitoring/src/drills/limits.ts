import { defineDrills } from '@platform/engine'
import { editConfig, loaded, paths, relabel, rolledOut } from './change.ts'

/** The nudge, the reload, two scrapes, and what the check waits for on its own before it says no. */
const SHOWS_MS = 150_000

/** Limits that are not what the graphs show, or not there. */
export const limitMutations = defineDrills([
  {
    kind: 'mutation',
    id: 'limit-of-one-dropped',
    changes: ['prometheus/series/limits/one'],
    name: 'the stated limits of one container are dropped on their way',
    caughtBy: 'limits-agree',
    expectedMessage: /prometheus-alertmanager: (memory|CPU) limit/,
    detectWithinMs: SHOWS_MS,
    break: (context) =>
      editConfig(
        context,
        relabel('kubernetes-service-endpoints', [
          'source_labels: [__name__, container]',
          'regex: kube_pod_container_resource_limits;prometheus-alertmanager',
          'action: drop',
        ]),
      ),
    takeEffect: loaded,
  },
  {
    kind: 'mutation',
    id: 'request-misplaced',
    changes: ['prometheus/series/requests/cpu'],
    name: "a relabeling tells one container's request as that of another",
    caughtBy: 'limits-agree',
    expectedMessage: /prometheus-alertmanager: CPU request/,
    detectWithinMs: SHOWS_MS,
    break: (context) =>
      editConfig(
        context,
        relabel('kubernetes-service-endpoints', [
          'source_labels: [__name__, resource, container]',
          'regex: kube_pod_container_resource_requests;cpu;prometheus-alertmanager',
          'target_label: container',
          'replacement: somebody',
        ]),
      ),
    takeEffect: loaded,
  },
  {
    kind: 'mutation',
    id: 'limits-swapped',
    changes: ['prometheus/series/limits/swapped'],
    name: 'Prometheus tells another memory limit than the spec: those of two containers are swapped on their way',
    caughtBy: 'limits-agree',
    expectedMessage: /(prometheus-server|config-reloader): memory limit/,
    detectWithinMs: SHOWS_MS,
    break: (context) => editConfig(context, swapsLimits('prometheus-server', 'config-reloader')),
    takeEffect: loaded,
  },
  {
    kind: 'mutation',
    id: 'limits-removed',
    changes: ['containers'],
    disturbs: ['alertmanager/pod', 'alertmanager/page'],
    name: "Alertmanager's Deployment has no limits any more",
    caughtBy: 'limits-headroom',
    detectWithinMs: SHOWS_MS,
    async break(context) {
      const place = '/spec/template/spec/containers/0/resources/limits'
      await context.api.patch(paths.deployment('prometheus-alertmanager'), [{ op: 'remove', path: place }], 'json')
      await rolledOut(context, 'prometheus-alertmanager')
    },
  },
])

/** Gives two containers of one pod each other's memory limit. Each rule is put before those that are there: the last runs first. */
export function swapsLimits(one: string, other: string): (text: string) => string {
  const renames = [
    ['drill-swap', other],
    [other, one],
    [one, 'drill-swap'],
  ]
  return (text) =>
    renames.reduce(
      (edited, [from, to]) =>
        relabel('kubernetes-service-endpoints', [
          'source_labels: [__name__, resource, container]',
          `regex: kube_pod_container_resource_limits;memory;${from}`,
          'target_label: container',
          `replacement: ${to}`,
        ])(edited),
      text,
    )
}
