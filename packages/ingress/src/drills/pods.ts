import type { Drill } from '@platform/engine'
import { untilSettled } from '@platform/engine/settled'
import { dashboardHost, expectStatus, login, unique, unknownHost } from '../checks/common.ts'
import { encoded, merge, paths, replacePods, rolledOut } from './change.ts'

const kind = 'mutation'

/** Drills that replace the pods. */
export const podDrills: readonly Drill[] = [
  {
    ...{ kind, id: 'users-emptied', caughtBy: 'hosts' },
    changes: ['ingress/traffic', 'ingress/login'],
    name: "the login's Secret has no users, and Traefik is restarted",
    async break(context) {
      await merge(context, paths.secret, encoded('users', ''))
      await replacePods(context)
    },
  },
  {
    ...{ kind, id: 'user-edited', caughtBy: 'dashboard' },
    changes: ['ingress/login/user'],
    // `up` replaces the pods that use the Secret.
    disturbs: ['ingress/traffic'],
    name: 'the user in the Secret differs from the one that Traefik uses',
    // Not the password: `up` cannot restore one that was generated.
    break: (context) => merge(context, paths.secret, encoded('username', unique('edited-by-hand'))),
  },
  {
    ...{ kind, id: 'login-asks-nothing', caughtBy: 'no-password' },
    changes: ['ingress/login/middleware', 'prometheus/page', 'alertmanager/page'],
    disturbs: ['ingress/traffic'],
    name: 'the login middleware requires no password',
    async break(context) {
      const { data } = await context.api.get<{ data: Readonly<Record<string, string>> }>(paths.config)
      const text = data['platform.yaml'] ?? ''
      const open = text.replace(/basicAuth:\n +removeHeader: true\n +usersFile: .*/, 'chain: { middlewares: [] }')
      if (open === text) throw new Error('the middleware has no basicAuth to remove. Is DASHBOARD_AUTH=0?')
      await merge(context, paths.config, { data: { 'platform.yaml': open } })
      // Like `kubectl rollout restart`, with an annotation that is also in the release.
      const annotations = { 'platform.local/config': 'edited-by-hand' }
      await merge(context, paths.deployment, { spec: { template: { metadata: { annotations } } } })
      await rolledOut(context)
    },
  },
  {
    ...{ kind, id: 'access-log-format', caughtBy: 'access-log' },
    changes: ['ingress/access-log'],
    disturbs: ['ingress/traffic'],
    name: 'the access log is not JSON',
    async break(context) {
      const { spec } = await context.api.get<{ spec: PodTemplate }>(paths.deployment)
      const place = spec.template.spec.containers[0]?.args.indexOf('--accessLog.format=json')
      const path = `/spec/template/spec/containers/0/args/${place}`
      await context.api.patch(paths.deployment, [{ op: 'replace', path, value: '--accessLog.format=common' }], 'json')
      await rolledOut(context)
    },
  },
  {
    ...{ kind: 'restart', id: 'pod-killed' },
    changes: ['ingress/traffic'],
    name: 'the pods are deleted: requests still succeed',
    disturb: replacePods,
    async check(context, old) {
      const host = dashboardHost(context)
      await untilSettled(context, async () => {
        expectStatus(await context.ingress(host, '/ping', { login: await login(context) }), 200, `http://${host}/ping`)
        expectStatus(await context.ingress(unknownHost(), '/'), 404, 'an unknown host')
      })
      return `http://${host}/ping 200 after ${(old as readonly string[]).join(', ')}`
    },
  },
]

interface PodTemplate {
  readonly template: { readonly spec: { readonly containers: readonly { readonly args: readonly string[] }[] } }
}
