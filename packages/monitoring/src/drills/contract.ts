import { defineDrills, type Mutation } from '@platform/engine'
import { editConfig, loaded, relabel } from './change.ts'

/** The nudge, the reload, until what was there has ended, and what the check waits for before it says no. */
const SHOWS_MS = 360_000

/** Changes samples on their way as a new version of an exporter would. */
function changed(
  drill: Pick<Mutation, 'id' | 'name' | 'changes' | 'expectedMessage'>,
  job: string,
  rule: readonly string[],
): Mutation {
  return {
    ...{ kind: 'mutation', caughtBy: 'contract-metrics', detectWithinMs: SHOWS_MS, ...drill },
    break: (context) => editConfig(context, relabel(job, rule)),
    takeEffect: loaded,
  }
}

/** What a chart or an image may take away from rules and panels. */
export const contractMutations = defineDrills([
  changed(
    {
      ...{ id: 'metric-renamed', name: 'a metric of node-exporter has its name of before 0.16: node_cpu' },
      ...{ changes: ['prometheus/series/node_cpu'], expectedMessage: /node_cpu_seconds_total of job \S+ is gone/ },
    },
    'kubernetes-service-endpoints',
    ['source_labels: [__name__]', 'regex: node_cpu_seconds_total', 'target_label: __name__', 'replacement: node_cpu'],
  ),
  changed(
    {
      ...{ id: 'label-dropped', name: "the label id of cAdvisor's series is dropped on its way" },
      ...{
        changes: ['prometheus/series/cadvisor-id'],
        expectedMessage: /the label id of \S+ of job kubernetes-cadvisor is gone/,
      },
    },
    'kubernetes-cadvisor',
    ['regex: id', 'action: labeldrop'],
  ),
])
