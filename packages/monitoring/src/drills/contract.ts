import { defineDrills, type Mutation } from '@platform/engine'
import { editConfig, loaded, relabel } from './change.ts'

/** The file update, the reload, the end of the old series, and the time that the check itself waits before it fails. */
const DETECT_MS = 360_000

/** Changes scraped samples by relabeling, as a new version of an exporter would. */
function changed(
  drill: Pick<Mutation, 'id' | 'name' | 'changes' | 'expectedMessage'>,
  job: string,
  rule: readonly string[],
): Mutation {
  return {
    ...{ kind: 'mutation', caughtBy: 'contract-metrics', detectWithinMs: DETECT_MS, ...drill },
    break: (context) => editConfig(context, relabel(job, rule)),
    takeEffect: loaded,
  }
}

/** Metrics and labels that a new image or chart may drop. */
export const contractMutations = defineDrills([
  changed(
    {
      ...{
        id: 'metric-renamed',
        name: 'relabeling renames a metric of node-exporter to its name before 0.16: node_cpu',
      },
      ...{ changes: ['prometheus/series/node_cpu'], expectedMessage: /node_cpu_seconds_total of job \S+ is missing/ },
    },
    'kubernetes-service-endpoints',
    ['source_labels: [__name__]', 'regex: node_cpu_seconds_total', 'target_label: __name__', 'replacement: node_cpu'],
  ),
  changed(
    {
      ...{ id: 'label-dropped', name: "relabeling drops the label id of cAdvisor's series" },
      ...{
        changes: ['prometheus/series/cadvisor-id'],
        expectedMessage: /the label id of \S+ of job kubernetes-cadvisor is missing/,
      },
    },
    'kubernetes-cadvisor',
    ['regex: id', 'action: labeldrop'],
  ),
])
