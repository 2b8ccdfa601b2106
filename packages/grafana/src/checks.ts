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
    dependsOn: ['grafana/service', 'grafana/pod'],
    name: 'the Service answers and the database is well',
    timeoutMs: 60_000,
    hint: 'pnpm kubectl get pod,endpoints --namespace monitoring -l app.kubernetes.io/name=grafana',
    run: serviceAnswers,
  },
  {
    id: 'host',
    dependsOn: door,
    name: 'every host of Grafana answers through the ingress',
    timeoutMs: 60_000,
    hint: 'pnpm kubectl describe ingress --namespace monitoring grafana-dashboard',
    needs: ['ingress'],
    run: hostAnswers,
  },
  {
    id: 'login',
    dependsOn: door,
    name: "the Secret's password logs in",
    timeoutMs: 60_000,
    hint: 'pnpm kubectl get secret --namespace monitoring grafana-dashboard -o jsonpath="{.data.admin-password}" | base64 --decode',
    run: loginWorks,
  },
  {
    id: 'wrong-password',
    dependsOn: [...door, 'grafana/anonymous'],
    name: 'a wrong password is refused, and so is none',
    timeoutMs: 60_000,
    hint: 'pnpm kubectl get configmap --namespace monitoring grafana-dashboard-settings -o yaml',
    run: nobodyElse,
  },
  {
    id: 'sign-up',
    dependsOn: [...door, 'grafana/sign-up'],
    name: 'nobody can sign up',
    timeoutMs: 60_000,
    hint: 'pnpm kubectl get configmap --namespace monitoring grafana-dashboard-settings -o yaml',
    run: signUpOff,
  },
  {
    id: 'persistence',
    dependsOn: [...door, 'grafana/data'],
    name: 'its data is on the volume',
    timeoutMs: 60_000,
    hint: 'pnpm kubectl describe pvc --namespace monitoring grafana-dashboard',
    run: persistent,
  },
  {
    id: 'datasource',
    dependsOn: [...door, 'grafana/datasource/url'],
    name: 'Prometheus is the datasource, at the address that was set',
    timeoutMs: 60_000,
    hint: 'pnpm kubectl get configmap --namespace monitoring grafana-dashboard-datasources -o yaml',
    run: datasourceThere,
  },
  {
    id: 'datasource-health',
    dependsOn: [...door, 'grafana/datasource/url', 'grafana/dns', 'prometheus/server'],
    name: 'the datasource is healthy',
    timeoutMs: 60_000,
    hint: 'pnpm verify monitoring',
    needs: ['prometheus'],
    run: datasourceHealthy,
  },
  {
    id: 'dashboards',
    dependsOn: [...door, 'grafana/dashboards'],
    name: 'every provisioned dashboard is there',
    timeoutMs: 60_000,
    hint: 'pnpm kubectl logs --namespace monitoring deploy/grafana-dashboard',
    run: dashboardsThere,
  },
  roundTrip,
  {
    id: 'query',
    dependsOn: [...door, 'grafana/datasource', 'grafana/dns', 'prometheus/server'],
    name: 'a query through Grafana gives what Prometheus gives',
    timeoutMs: 60_000,
    hint: 'pnpm kubectl logs --namespace monitoring deploy/grafana-dashboard',
    needs: ['prometheus'],
    run: sameAsPrometheus,
  },
  {
    id: 'plugins',
    dependsOn: [...door, 'grafana/plugins'],
    name: 'the plugins are there, the core pie chart among them',
    timeoutMs: 60_000,
    hint: 'pnpm kubectl logs --namespace monitoring deploy/grafana-dashboard',
    run: pluginsThere,
  },
  // Last: what breaks the way to them is told by those above.
  ...panelChecks,
])
