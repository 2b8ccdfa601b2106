import { defineChecks } from '@platform/engine'
import {
  dashboardsThere,
  datasourceHealthy,
  datasourceThere,
  pluginsThere,
  sameAsPrometheus,
} from './checks/content.ts'
import { hostAnswers, loginWorks, nobodyElse, serviceAnswers, signUpOff } from './checks/doors.ts'
import { panelChecks } from './checks/panels.ts'
import { persistent } from './checks/persistence.ts'
import { roundTrip } from './checks/round-trip.ts'

/** In this order: the first that fails is what a drill looks at, so the way to Grafana comes before what is in it. */
export const checks = defineChecks([
  {
    id: 'health',
    name: 'the Service answers and the database is well',
    limitMs: 15_000,
    hint: 'pnpm kubectl get pod,endpoints --namespace monitoring -l app.kubernetes.io/name=grafana',
    ask: serviceAnswers,
  },
  {
    id: 'host',
    name: 'every host of Grafana answers through the ingress',
    limitMs: 20_000,
    hint: 'pnpm kubectl describe ingress --namespace monitoring grafana-dashboard',
    needs: ['ingress'],
    ask: hostAnswers,
  },
  {
    id: 'login',
    name: "the Secret's password logs in",
    limitMs: 20_000,
    hint: 'pnpm kubectl get secret --namespace monitoring grafana-dashboard -o jsonpath="{.data.admin-password}" | base64 --decode',
    ask: loginWorks,
  },
  {
    id: 'wrong-password',
    name: 'a wrong password is refused, and so is none',
    limitMs: 20_000,
    hint: 'pnpm kubectl get configmap --namespace monitoring grafana-dashboard-settings -o yaml',
    ask: nobodyElse,
  },
  {
    id: 'sign-up',
    name: 'nobody can sign up',
    limitMs: 20_000,
    hint: 'pnpm kubectl get configmap --namespace monitoring grafana-dashboard-settings -o yaml',
    ask: signUpOff,
  },
  {
    id: 'persistence',
    name: 'its data is on the volume',
    limitMs: 10_000,
    hint: 'pnpm kubectl describe pvc --namespace monitoring grafana-dashboard',
    ask: persistent,
  },
  {
    id: 'datasource',
    name: 'Prometheus is the datasource, at the address that was set',
    limitMs: 15_000,
    hint: 'pnpm kubectl get configmap --namespace monitoring grafana-dashboard-datasources -o yaml',
    ask: datasourceThere,
  },
  {
    id: 'datasource-health',
    name: 'the datasource is healthy',
    limitMs: 20_000,
    hint: 'pnpm verify monitoring',
    needs: ['prometheus'],
    ask: datasourceHealthy,
  },
  {
    id: 'dashboards',
    name: 'every provisioned dashboard is there',
    limitMs: 30_000,
    hint: 'pnpm kubectl logs --namespace monitoring deploy/grafana-dashboard',
    ask: dashboardsThere,
  },
  roundTrip,
  {
    id: 'query',
    name: 'a query through Grafana gives what Prometheus gives',
    limitMs: 60_000,
    hint: 'pnpm kubectl logs --namespace monitoring deploy/grafana-dashboard',
    needs: ['prometheus'],
    ask: sameAsPrometheus,
  },
  {
    id: 'plugins',
    name: 'the plugins are there, the core pie chart among them',
    limitMs: 15_000,
    hint: 'pnpm kubectl logs --namespace monitoring deploy/grafana-dashboard',
    ask: pluginsThere,
  },
  // Last: what breaks the way to them is told by those above.
  ...panelChecks,
])
