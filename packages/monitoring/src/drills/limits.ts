import { defineDrills } from '@platform/engine'
import { editConfig, loaded, paths, relabel, rolloutComplete } from './change.ts'

/** The file update, the reload, two scrapes, and the time that the check itself waits before it fails. */
const DETECT_MS = 150_000

/** Limits that are wrong or missing in Prometheus. */
export const limitMutations = defineDrills([
  {
    kind: 'mutation',
    id: 'limit-of-one-dropped',
    changes: ['prometheus/series/limits/one'],
    name: 'relabeling drops the limits of one container from kube-state-metrics',
    caughtBy: 'limits-agree',
    expectedMessage: /prometheus-alertmanager: (memory|CPU) limit/,
    detectWithinMs: DETECT_MS,
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
    name: 'relabeling assigns the CPU request of one container to another',
    caughtBy: 'limits-agree',
    expectedMessage: /prometheus-alertmanager: CPU request/,
    detectWithinMs: DETECT_MS,
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
    name: 'relabeling swaps the memory limits of two containers',
    caughtBy: 'limits-agree',
    expectedMessage: /(prometheus-server|config-reloader): memory limit/,
    detectWithinMs: DETECT_MS,
    break: (context) => editConfig(context, swapsLimits('prometheus-server', 'config-reloader')),
    takeEffect: loaded,
  },
  {
    kind: 'mutation',
    id: 'limits-removed',
    changes: ['containers'],
    disturbs: ['alertmanager/pod', 'alertmanager/page'],
    name: "Alertmanager's Deployment has no limits",
    caughtBy: 'limits-headroom',
    detectWithinMs: DETECT_MS,
    async break(context) {
      const place = '/spec/template/spec/containers/0/resources/limits'
      await context.api.patch(paths.deployment('prometheus-alertmanager'), [{ op: 'remove', path: place }], 'json')
      await rolloutComplete(context, 'prometheus-alertmanager')
    },
  },
])

/**
 * Swaps the memory limits of two containers of a pod. Each rule is inserted before the existing ones, so the last one runs
 * first.
 */
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
