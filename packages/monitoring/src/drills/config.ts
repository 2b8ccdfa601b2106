import { defineDrills, type Mutation } from '@platform/engine'
import {
  editAlertmanager,
  editConfig,
  editRules,
  loaded,
  relabel,
  updateFiles,
  withoutJob,
  withoutRule,
} from './change.ts'
import { contractMutations } from './contract.ts'
import { limitMutations } from './limits.ts'

/** The file update, the reload, and a scrape. */
const DETECT_MS = 60_000

/** Drops a metric of cAdvisor by relabeling. */
function drops(metric: string, drill: Pick<Mutation, 'id' | 'name' | 'caughtBy' | 'changes'>): Mutation {
  const rule = ['source_labels: [__name__]', `regex: ${metric}`, 'action: drop']
  return {
    ...drill,
    ...{ kind: 'mutation', detectWithinMs: DETECT_MS },
    break: (context) => editConfig(context, relabel('kubernetes-cadvisor', rule)),
    takeEffect: loaded,
  }
}

/** Wrong edits of the configuration. */
export const configMutations = defineDrills([
  {
    kind: 'mutation',
    id: 'config-refused',
    // No other change of the configuration is loaded meanwhile.
    changes: ['config', 'targets', 'series', 'rules', 'alerting', 'discovery'].map((part) => `prometheus/${part}`),
    name: 'the configuration of Prometheus has an unknown field',
    caughtBy: 'config-loaded',
    detectWithinMs: DETECT_MS,
    break: (context) => editConfig(context, (text) => `no_such_field: true\n${text}`),
    takeEffect: updateFiles,
  },
  {
    kind: 'mutation',
    id: 'job-deleted',
    changes: ['prometheus/targets/cadvisor'],
    name: 'the job kubernetes-cadvisor is removed from the configuration',
    caughtBy: 'targets',
    expectedMessage: /kubernetes-cadvisor: /,
    detectWithinMs: DETECT_MS,
    break: (context) => editConfig(context, withoutJob('kubernetes-cadvisor')),
    takeEffect: loaded,
  },
  {
    kind: 'mutation',
    id: 'rule-deleted',
    changes: ['prometheus/rules/TargetDown'],
    name: 'the rule TargetDown is removed from its file',
    caughtBy: 'rules',
    detectWithinMs: DETECT_MS,
    break: (context) => editRules(context, 'platform.rules.yaml', withoutRule('TargetDown')),
    takeEffect: loaded,
  },
  {
    kind: 'mutation',
    id: 'rule-fails',
    changes: ['prometheus/rules/TargetDown'],
    name: 'the expression of a rule fails with many-to-many matching',
    caughtBy: 'rules',
    detectWithinMs: DETECT_MS,
    break: (context) =>
      editRules(context, 'platform.rules.yaml', (text) => text.replace(/expr: up\S* == 0\n/, 'expr: up == on () up\n')),
    takeEffect: loaded,
  },
  {
    kind: 'mutation',
    id: 'alertmanager-address',
    changes: ['prometheus/alerting'],
    name: 'Prometheus sends alerts to an address that does not exist',
    caughtBy: 'watchdog',
    detectWithinMs: DETECT_MS,
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
    name: 'the ConfigMap of Alertmanager differs from its loaded configuration',
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
    name: 'the relabeling for pods has a misspelled annotation',
    caughtBy: 'annotated-pods',
    detectWithinMs: DETECT_MS,
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
    name: 'series of cAdvisor do not get the old labels',
    caughtBy: 'old-labels',
    detectWithinMs: DETECT_MS,
    break: (context) =>
      editConfig(context, (text) => text.replace('target_label: container_name', 'target_label: container_title')),
    takeEffect: loaded,
  },
  drops('container_spec_memory_limit_bytes', {
    id: 'memory-limits-dropped',
    changes: ['prometheus/series/memory-limit'],
    name: 'relabeling drops the memory limits of containers',
    caughtBy: 'memory-limits',
  }),
  drops('container_spec_memory_reservation_limit_bytes', {
    id: 'reservations-dropped',
    changes: ['prometheus/series/reservation'],
    name: 'relabeling drops the memory reservations of containers',
    caughtBy: 'reservations',
  }),
  drops('container_spec_cpu_quota', {
    id: 'cpu-quotas-dropped',
    changes: ['prometheus/series/cpu-quota'],
    name: 'relabeling drops the CPU quotas of containers',
    caughtBy: 'cpu-limits',
  }),
  ...limitMutations,
  ...contractMutations,
])
