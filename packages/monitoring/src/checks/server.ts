import { defineChecks } from '@platform/engine'
import { durationMs, untilSettled } from '@platform/engine/settled'
import { bytes, joinProblems, pods, valuesOf } from './common.ts'
import { loadError, loadedDifferences } from './loaded-config.ts'

const url = 'http://prometheus-server.monitoring.svc.cluster.local:80/-/ready'

/** The guide's in-cluster address of Prometheus, and its loaded configuration and flags. */
export const serverChecks = defineChecks([
  {
    id: 'cluster-dns',
    dependsOn: ['prometheus/server', 'alertmanager/pod'],
    name: 'prometheus-server.monitoring.svc.cluster.local:80 is reachable from a pod',
    timeoutMs: 60_000,
    hint: 'pnpm kubectl get endpointslices -n monitoring -l kubernetes.io/service-name=prometheus-server',
    async run(context) {
      return untilSettled(context, async () => {
        const [name] = await context.pods(pods.alertmanager)
        if (!name) throw new Error('no ready Alertmanager pod to send the request from')
        const pod = { namespace: 'monitoring', name, container: 'prometheus-alertmanager' }
        const { exitCode, stdout, stderr } = await context.exec(pod, ['wget', '-q', '-T', '3', '-O', '-', url])
        if (exitCode !== 0 || !stdout.includes('Ready')) {
          throw new Error(`wget ${url} in ${name} exited with ${exitCode}: ${(stderr || stdout).trim().slice(0, 300)}`)
        }
        return `${stdout.trim()} (requested from ${name})`
      })
    },
  },
  {
    id: 'config-loaded',
    dependsOn: ['prometheus/server', 'prometheus/config'],
    name: 'Prometheus has loaded the configuration of its ConfigMap',
    timeoutMs: 60_000,
    hint: 'pnpm kubectl logs -n monitoring deployment/prometheus-server --tail=20',
    async run(context) {
      return untilSettled(context, async () => {
        const differences = await loadedDifferences(context)
        if (!differences.length) return 'jobs and relabeling match the ConfigMap'
        throw await loadError(context, 'prometheus-server', joinProblems(differences))
      })
    },
  },
  {
    id: 'retention',
    dependsOn: ['prometheus/server', 'prometheus/retention'],
    name: 'Prometheus runs with the retention time and size of the values',
    timeoutMs: 60_000,
    hint: 'pnpm kubectl get deployment -n monitoring prometheus-server -o yaml',
    async run(context) {
      const { time, size } = valuesOf(context).server.retention
      const flags = await (await context.prometheus()).get<Record<string, string>>('status/flags')
      const [haveTime = '', haveSize = ''] = ['time', 'size'].map((of) => flags[`storage.tsdb.retention.${of}`])
      if (durationMs(haveTime) !== durationMs(time) || bytes(haveSize) !== bytes(size)) {
        throw new Error(`expected retention ${time} and ${size}, Prometheus runs with ${haveTime} and ${haveSize}`)
      }
      return `${haveTime}, ${haveSize}`
    },
  },
])
