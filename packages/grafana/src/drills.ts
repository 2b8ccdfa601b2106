import { type Drill, defineDrills } from '@platform/engine'
import {
  askNothing,
  clearDashboards,
  clearQueries,
  cutQueries,
  setDatasource,
  setEnvironment,
} from './drills/configuration.ts'
import { nameMetricBack, renameMetric } from './drills/metric.ts'
import { sessionLeft, sessionSurvived } from './drills/session.ts'
import { intoMemory, patch, restart, withoutDns } from './drills/workload.ts'

/** What takes a pod's time until it shows: the old one ends, the new one starts. */
const showsWithinMs = 60_000

/** The pod, and a round of all panels that first waits for what Prometheus has not scraped yet. */
const panelsMs = 120_000

const service = '/api/v1/namespaces/monitoring/services/grafana-dashboard'
const secret = '/api/v1/namespaces/monitoring/secrets/grafana-dashboard'
const ingress = '/apis/networking.k8s.io/v1/namespaces/monitoring/ingresses/grafana-dashboard'

const mutations: readonly Drill[] = [
  {
    kind: 'mutation',
    id: 'service-without-pods',
    name: "the Service's selector fits no pod",
    caughtBy: 'health',
    break: patch(service, { spec: { selector: { 'app.kubernetes.io/name': 'nobody' } } }),
  },
  {
    kind: 'mutation',
    id: 'ingress-host',
    name: 'the Ingress is for another host',
    caughtBy: 'host',
    break: patch(ingress, [{ op: 'replace', path: '/spec/rules/0/host', value: 'elsewhere.invalid' }]),
  },
  {
    kind: 'mutation',
    id: 'secret-of-another',
    name: 'the Secret names a user that Grafana does not have',
    caughtBy: 'login',
    // Not the password: it is made once, so `up` could not know it, and Grafana locks a user whose password is wrong often.
    break: patch(secret, { stringData: { 'admin-user': 'somebody' } }),
  },
  {
    kind: 'mutation',
    id: 'anonymous',
    name: 'whoever has no login is let in',
    caughtBy: 'wrong-password',
    showsWithinMs,
    break: setEnvironment({ GF_AUTH_ANONYMOUS_ENABLED: 'true' }),
  },
  {
    kind: 'mutation',
    id: 'sign-up',
    name: 'everybody can sign up',
    caughtBy: 'sign-up',
    showsWithinMs,
    break: setEnvironment({ GF_USERS_ALLOW_SIGN_UP: 'true' }),
  },
  {
    kind: 'mutation',
    id: 'data-in-memory',
    name: 'its data is in a folder that goes with the pod',
    caughtBy: 'persistence',
    showsWithinMs,
    break: intoMemory,
  },
  {
    kind: 'mutation',
    id: 'datasource-url',
    name: 'the datasource has a wrong URL',
    caughtBy: 'datasource',
    showsWithinMs,
    break: setDatasource((text) => text.replace(/url: .*/, 'url: http://prometheus.invalid')),
  },
  {
    kind: 'mutation',
    id: 'names-unknown',
    name: "the pod does not know the cluster's names",
    caughtBy: 'datasource-health',
    showsWithinMs,
    break: withoutDns,
  },
  {
    kind: 'mutation',
    id: 'dashboards-empty',
    name: 'the dashboards are empty',
    caughtBy: 'dashboards',
    showsWithinMs,
    break: clearDashboards,
  },
  {
    kind: 'mutation',
    id: 'datasource-blind',
    name: 'the datasource sees what was measured within the last millisecond only',
    caughtBy: 'round-trip',
    showsWithinMs: 120_000,
    // It is healthy all the same: Grafana asks for 1+1, which needs no measurement.
    break: setDatasource((text) =>
      text.replace(/httpMethod: .*/, 'httpMethod: GET\n      customQueryParameters: lookback_delta=1ms'),
    ),
  },
  {
    kind: 'mutation',
    id: 'answers-cut',
    name: 'the datasource cuts answers to one series',
    caughtBy: 'query',
    showsWithinMs,
    // Prometheus takes a limit in every query: its answer is well-formed, healthy, and not all.
    break: setDatasource((text) =>
      text.replace(/httpMethod: .*/, 'httpMethod: GET\n      customQueryParameters: limit=1'),
    ),
  },
  {
    kind: 'mutation',
    id: 'pie-chart-gone',
    name: 'the pie chart is disabled',
    caughtBy: 'plugins',
    showsWithinMs,
    break: setEnvironment({ GF_PLUGINS_DISABLE_PLUGINS: 'piechart' }),
  },
  {
    kind: 'mutation',
    id: 'panel-asks-nothing',
    name: 'a panel asks for a metric that nobody has',
    caughtBy: 'panels-data',
    showsWithinMs: panelsMs,
    break: askNothing('cluster-overview'),
  },
  {
    kind: 'mutation',
    id: 'panels-ask-wrongly',
    name: "a dashboard's queries end too early",
    caughtBy: 'panels-data',
    showsWithinMs: panelsMs,
    break: cutQueries('cluster-overview'),
  },
  {
    kind: 'mutation',
    id: 'dashboard-asks-nothing',
    name: 'a dashboard is edited to query nothing',
    caughtBy: 'panels-data',
    showsWithinMs: panelsMs,
    break: clearQueries('cluster-overview'),
  },
  {
    kind: 'mutation',
    id: 'metric-renamed',
    name: 'a metric has another name on its way to Prometheus',
    caughtBy: 'panels-data',
    showsWithinMs: panelsMs,
    break: renameMetric,
    mend: nameMetricBack,
  },
]

export const drills = defineDrills([
  ...mutations,
  {
    kind: 'restart',
    id: 'pod-killed',
    name: 'the pod is deleted; password and session outlive it',
    async disturb(context) {
      const left = await sessionLeft(context)
      await restart(context)
      return left
    },
    check: sessionSurvived,
  },
])
