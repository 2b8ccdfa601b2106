import { defineDrills, type Mutation } from '@platform/engine'
import { editAlertmanager, editConfig, editRules, loaded, nudge, relabel, withoutJob, withoutRule } from './change.ts'
import { contractMutations } from './contract.ts'
import { limitMutations } from './limits.ts'

/** The nudge, the reload, and a scrape. */
const SHOWS_MS = 60_000

/** Takes metrics of cAdvisor away as a careless relabeling would. */
function drops(metric: string, drill: Pick<Mutation, 'id' | 'name' | 'caughtBy' | 'changes'>): Mutation {
  const rule = ['source_labels: [__name__]', `regex: ${metric}`, 'action: drop']
  return {
    ...drill,
    ...{ kind: 'mutation', detectWithinMs: SHOWS_MS },
    break: (context) => editConfig(context, relabel('kubernetes-cadvisor', rule)),
    takeEffect: loaded,
  }
}

/** What a wrong edit of the configuration does. */
export const configMutations = defineDrills([
  {
    kind: 'mutation',
    id: 'config-refused',
    // Nothing is loaded meanwhile.
    changes: ['config', 'targets', 'series', 'rules', 'alerting', 'discovery'].map((part) => `prometheus/${part}`),
    name: "Prometheus' configuration has a field that there is not",
    caughtBy: 'config-loaded',
    detectWithinMs: SHOWS_MS,
    break: (context) => editConfig(context, (text) => `no_such_field: true\n${text}`),
    takeEffect: nudge,
  },
  {
    kind: 'mutation',
    id: 'job-deleted',
    changes: ['prometheus/targets/cadvisor'],
    name: 'the job kubernetes-cadvisor is not in the configuration any more',
    caughtBy: 'targets',
    expectedMessage: /kubernetes-cadvisor: /,
    detectWithinMs: SHOWS_MS,
    break: (context) => editConfig(context, withoutJob('kubernetes-cadvisor')),
    takeEffect: loaded,
  },
  {
    kind: 'mutation',
    id: 'rule-deleted',
    changes: ['prometheus/rules/TargetDown'],
    name: 'the rule TargetDown is not in its file any more',
    caughtBy: 'rules',
    detectWithinMs: SHOWS_MS,
    break: (context) => editRules(context, 'platform.rules.yaml', withoutRule('TargetDown')),
    takeEffect: loaded,
  },
  {
    kind: 'mutation',
    id: 'rule-fails',
    changes: ['prometheus/rules/TargetDown'],
    name: 'the expression of a rule matches many with many',
    caughtBy: 'rules',
    detectWithinMs: SHOWS_MS,
    break: (context) =>
      editRules(context, 'platform.rules.yaml', (text) => text.replace(/expr: up\S* == 0\n/, 'expr: up == on () up\n')),
    takeEffect: loaded,
  },
  {
    kind: 'mutation',
    id: 'alertmanager-address',
    changes: ['prometheus/alerting'],
    name: 'Prometheus sends alerts to an address where there is nobody',
    caughtBy: 'watchdog',
    detectWithinMs: SHOWS_MS,
    break: (context) =>
      editConfig(context, (text) =>
        text.replace(/(alerting:\n(?: {2}.*\n)*? +- )prometheus-alertmanager\.\S+/, '$1nobody.monitoring.svc:80'),
      ),
    takeEffect: loaded,
  },
  {
    kind: 'mutation',
    id: 'receiver-renamed',
    changes: ['alertmanager/config'],
    disturbs: ['alertmanager/pod', 'alertmanager/page'],
    name: "Alertmanager's configuration was edited, and is not what it has loaded",
    caughtBy: 'alertmanager-config',
    break: (context) =>
      editAlertmanager(context, (text) =>
        text.replace('receiver: default', 'receiver: someone').replace('name: default', 'name: someone'),
      ),
  },
  {
    kind: 'mutation',
    id: 'pod-rule-misspelt',
    changes: ['prometheus/discovery'],
    name: 'the rule for pods asks for an annotation that nobody sets',
    caughtBy: 'annotated-pods',
    detectWithinMs: SHOWS_MS,
    break: (context) =>
      editConfig(context, (text) =>
        text.replace(
          /(job_name: kubernetes-pods\n[\s\S]*?)__meta_kubernetes_pod_annotation_prometheus_io_scrape/,
          '$1__meta_kubernetes_pod_annotation_prometheus_io_scraped',
        ),
      ),
    takeEffect: loaded,
  },
  {
    kind: 'mutation',
    id: 'old-labels-gone',
    changes: ['prometheus/series/old-labels'],
    name: "cAdvisor's series do not get the old labels any more",
    caughtBy: 'old-labels',
    detectWithinMs: SHOWS_MS,
    break: (context) =>
      editConfig(context, (text) => text.replace('target_label: container_name', 'target_label: container_title')),
    takeEffect: loaded,
  },
  drops('container_spec_memory_limit_bytes', {
    id: 'memory-limits-dropped',
    changes: ['prometheus/series/memory-limit'],
    name: 'the memory limits of containers are dropped on their way',
    caughtBy: 'memory-limits',
  }),
  drops('container_spec_memory_reservation_limit_bytes', {
    id: 'reservations-dropped',
    changes: ['prometheus/series/reservation'],
    name: 'the memory reservations of containers are dropped on their way',
    caughtBy: 'reservations',
  }),
  drops('container_spec_cpu_quota', {
    id: 'cpu-quotas-dropped',
    changes: ['prometheus/series/cpu-quota'],
    name: 'the CPU quotas of containers are dropped on their way',
    caughtBy: 'cpu-limits',
  }),
  ...limitMutations,
  ...contractMutations,
])
