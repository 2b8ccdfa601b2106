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

/** The way to Grafana: its Service and pod, the ingress, its login. */
const door = ['grafana/service', 'grafana/pod', 'grafana/page', 'grafana/login', 'ingress/traffic']

/** In this order: the first that fails is what a drill looks at, so the way to Grafana comes before what is in it. */
export const checks = defineChecks([
  {
    id: 'health',
    sees: ['grafana/service', 'grafana/pod'],
    name: 'the Service answers and the database is well',
    limitMs: 60_000,
    hint: 'pnpm kubectl get pod,endpoints --namespace monitoring -l app.kubernetes.io/name=grafana',
    ask: serviceAnswers,
  },
  {
    id: 'host',
    sees: door,
    name: 'every host of Grafana answers through the ingress',
    limitMs: 60_000,
    hint: 'pnpm kubectl describe ingress --namespace monitoring grafana-dashboard',
    needs: ['ingress'],
    ask: hostAnswers,
  },
  {
    id: 'login',
    sees: door,
    name: "the Secret's password logs in",
    limitMs: 60_000,
    hint: 'pnpm kubectl get secret --namespace monitoring grafana-dashboard -o jsonpath="{.data.admin-password}" | base64 --decode',
    ask: loginWorks,
  },
  {
    id: 'wrong-password',
    sees: [...door, 'grafana/anonymous'],
    name: 'a wrong password is refused, and so is none',
    limitMs: 60_000,
    hint: 'pnpm kubectl get configmap --namespace monitoring grafana-dashboard-settings -o yaml',
    ask: nobodyElse,
  },
  {
    id: 'sign-up',
    sees: [...door, 'grafana/sign-up'],
    name: 'nobody can sign up',
    limitMs: 60_000,
    hint: 'pnpm kubectl get configmap --namespace monitoring grafana-dashboard-settings -o yaml',
    ask: signUpOff,
  },
  {
    id: 'persistence',
    sees: [...door, 'grafana/data'],
    name: 'its data is on the volume',
    limitMs: 60_000,
    hint: 'pnpm kubectl describe pvc --namespace monitoring grafana-dashboard',
    ask: persistent,
  },
  {
    id: 'datasource',
    sees: [...door, 'grafana/datasource/url'],
    name: 'Prometheus is the datasource, at the address that was set',
    limitMs: 60_000,
    hint: 'pnpm kubectl get configmap --namespace monitoring grafana-dashboard-datasources -o yaml',
    ask: datasourceThere,
  },
  {
    id: 'datasource-health',
    sees: [...door, 'grafana/datasource/url', 'grafana/dns', 'prometheus/server'],
    name: 'the datasource is healthy',
    limitMs: 60_000,
    hint: 'pnpm verify monitoring',
    needs: ['prometheus'],
    ask: datasourceHealthy,
  },
  {
    id: 'dashboards',
    sees: [...door, 'grafana/dashboards'],
    name: 'every provisioned dashboard is there',
    limitMs: 60_000,
    hint: 'pnpm kubectl logs --namespace monitoring deploy/grafana-dashboard',
    ask: dashboardsThere,
  },
  roundTrip,
  {
    id: 'query',
    sees: [...door, 'grafana/datasource', 'grafana/dns', 'prometheus/server'],
    name: 'a query through Grafana gives what Prometheus gives',
    limitMs: 60_000,
    hint: 'pnpm kubectl logs --namespace monitoring deploy/grafana-dashboard',
    needs: ['prometheus'],
    ask: sameAsPrometheus,
  },
  {
    id: 'plugins',
    sees: [...door, 'grafana/plugins'],
    name: 'the plugins are there, the core pie chart among them',
    limitMs: 60_000,
    hint: 'pnpm kubectl logs --namespace monitoring deploy/grafana-dashboard',
    ask: pluginsThere,
  },
  // Last: what breaks the way to them is told by those above.
  ...panelChecks,
])
