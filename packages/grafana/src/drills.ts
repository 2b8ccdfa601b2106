import { type Drill, defineDrills } from '@platform/engine'
import { loaded } from '@platform/monitoring/prometheus-config'
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
import { intoMemory, patch, readAgain, restart, withoutDns } from './drills/workload.ts'

/** A round of all panels that first waits for what Prometheus has not scraped yet. */
const detectWithinMs = 300_000

/** While the pod is replaced. */
const disturbs = ['grafana/pod', 'grafana/page']

const service = '/api/v1/namespaces/monitoring/services/grafana-dashboard'
const secret = '/api/v1/namespaces/monitoring/secrets/grafana-dashboard'
const ingress = '/apis/networking.k8s.io/v1/namespaces/monitoring/ingresses/grafana-dashboard'

const mutations: readonly Drill[] = [
  {
    kind: 'mutation',
    id: 'service-without-pods',
    changes: ['grafana/service', 'grafana/page'],
    name: "the Service's selector fits no pod",
    caughtBy: 'health',
    break: patch(service, { spec: { selector: { 'app.kubernetes.io/name': 'nobody' } } }),
  },
  {
    kind: 'mutation',
    id: 'ingress-host',
    changes: ['grafana/page'],
    name: 'the Ingress is for another host',
    caughtBy: 'host',
    break: patch(ingress, [{ op: 'replace', path: '/spec/rules/0/host', value: 'elsewhere.invalid' }]),
  },
  {
    kind: 'mutation',
    id: 'secret-of-another',
    changes: ['grafana/login'],
    name: 'the Secret names a user that Grafana does not have',
    caughtBy: 'login',
    // Not the password: it is made once, so `up` could not know it, and Grafana locks a user whose password is wrong often.
    break: patch(secret, { stringData: { 'admin-user': 'somebody' } }),
  },
  {
    kind: 'mutation',
    id: 'anonymous',
    changes: ['grafana/anonymous'],
    disturbs,
    name: 'whoever has no login is let in',
    caughtBy: 'wrong-password',
    break: setEnvironment({ GF_AUTH_ANONYMOUS_ENABLED: 'true' }),
    takeEffect: readAgain,
  },
  {
    kind: 'mutation',
    id: 'sign-up',
    changes: ['grafana/sign-up'],
    disturbs,
    name: 'everybody can sign up',
    caughtBy: 'sign-up',
    break: setEnvironment({ GF_USERS_ALLOW_SIGN_UP: 'true' }),
    takeEffect: readAgain,
  },
  {
    kind: 'mutation',
    id: 'data-in-memory',
    changes: ['grafana/data'],
    disturbs,
    name: 'its data is in a folder that goes with the pod',
    caughtBy: 'persistence',
    break: intoMemory,
    takeEffect: readAgain,
  },
  {
    kind: 'mutation',
    id: 'datasource-url',
    changes: ['grafana/datasource/url'],
    disturbs,
    name: 'the datasource has a wrong URL',
    caughtBy: 'datasource',
    break: setDatasource((text) => text.replace(/url: .*/, 'url: http://prometheus.invalid')),
    takeEffect: readAgain,
  },
  {
    kind: 'mutation',
    id: 'names-unknown',
    changes: ['grafana/dns'],
    disturbs,
    name: "the pod does not know the cluster's names",
    caughtBy: 'datasource-health',
    break: withoutDns,
    takeEffect: readAgain,
  },
  {
    kind: 'mutation',
    id: 'dashboards-empty',
    changes: ['grafana/dashboards'],
    disturbs,
    name: 'the dashboards are empty',
    caughtBy: 'dashboards',
    break: clearDashboards,
    takeEffect: readAgain,
  },
  {
    kind: 'mutation',
    id: 'datasource-blind',
    changes: ['grafana/datasource/parameters'],
    disturbs,
    name: 'the datasource sees what was measured within the last millisecond only',
    caughtBy: 'round-trip',
    detectWithinMs: detectWithinMs,
    // It is healthy all the same: Grafana asks for 1+1, which needs no measurement.
    break: setDatasource((text) =>
      text.replace(/httpMethod: .*/, 'httpMethod: GET\n      customQueryParameters: lookback_delta=1ms'),
    ),
    takeEffect: readAgain,
  },
  {
    kind: 'mutation',
    id: 'answers-cut',
    changes: ['grafana/datasource/parameters'],
    disturbs,
    name: 'the datasource cuts answers to one series',
    caughtBy: 'query',
    detectWithinMs: detectWithinMs,
    // Prometheus takes a limit in every query: its answer is well-formed, healthy, and not all.
    break: setDatasource((text) =>
      text.replace(/httpMethod: .*/, 'httpMethod: GET\n      customQueryParameters: limit=1'),
    ),
    takeEffect: readAgain,
  },
  {
    kind: 'mutation',
    id: 'pie-chart-gone',
    changes: ['grafana/plugins'],
    disturbs,
    name: 'the pie chart is disabled',
    caughtBy: 'plugins',
    break: setEnvironment({ GF_PLUGINS_DISABLE_PLUGINS: 'piechart' }),
    takeEffect: readAgain,
  },
  {
    kind: 'mutation',
    id: 'panel-asks-nothing',
    changes: ['grafana/panels/cluster-overview'],
    disturbs,
    name: 'a panel asks for a metric that nobody has',
    caughtBy: 'panels-data',
    expectedMessage: /\(cluster-overview\)/,
    detectWithinMs: detectWithinMs,
    break: askNothing('cluster-overview'),
    takeEffect: readAgain,
  },
  {
    kind: 'mutation',
    id: 'panels-ask-wrongly',
    changes: ['grafana/panels/traefik'],
    disturbs,
    name: "a dashboard's queries end too early",
    caughtBy: 'panels-data',
    expectedMessage: /\(traefik\)/,
    detectWithinMs: detectWithinMs,
    break: cutQueries('traefik'),
    takeEffect: readAgain,
  },
  {
    kind: 'mutation',
    id: 'dashboard-asks-nothing',
    changes: ['grafana/panels/mysql'],
    disturbs,
    name: 'a dashboard is edited to query nothing',
    caughtBy: 'panels-data',
    expectedMessage: /mysql.*quer/i,
    detectWithinMs: detectWithinMs,
    break: clearQueries('mysql'),
    takeEffect: readAgain,
  },
  {
    kind: 'mutation',
    id: 'metric-renamed',
    changes: ['prometheus/series/node_load'],
    name: 'a metric has another name on its way to Prometheus',
    caughtBy: 'panels-data',
    expectedMessage: /node_load/,
    detectWithinMs: detectWithinMs,
    break: renameMetric,
    takeEffect: loaded,
    undo: nameMetricBack,
  },
]

export const drills = defineDrills([
  ...mutations,
  {
    kind: 'restart',
    id: 'pod-killed',
    changes: disturbs,
    name: 'the pod is deleted; password and session outlive it',
    async disturb(context) {
      const left = await sessionLeft(context)
      await restart(context)
      return left
    },
    check: sessionSurvived,
  },
])
