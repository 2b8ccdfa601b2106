import * as assert from 'uvu/assert'
import type { Group } from '../support/subject.ts'
import { container, idle, object, pod } from '../support/workloads.ts'

const namespace = 'e2e-access'
const restricted = 'e2e-restricted'

/** A call of the API with the token that is mounted; prints what was answered, or the status. */
const call = (path: string) =>
  `wget -T 10 -qO- --header "Authorization: Bearer $(cat /var/run/secrets/kubernetes.io/serviceaccount/token)" https://kubernetes.default.svc${path} 2>&1 || true`

/** Of who may do what. */
export const access: Group = {
  objects: [
    object('v1', 'ServiceAccount', namespace, 'reader', {}),
    object('rbac.authorization.k8s.io/v1', 'Role', namespace, 'reader', {
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }],
    }),
    object('rbac.authorization.k8s.io/v1', 'RoleBinding', namespace, 'reader', {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
      subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace }],
    }),
    pod(namespace, 'reader', [container('reader', idle)], { serviceAccountName: 'reader' }),
    pod(namespace, 'tokenless', [container('tokenless', idle)], { automountServiceAccountToken: false }),
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: restricted, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    },
    pod(
      restricted,
      'modest',
      [
        container('modest', idle, {
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
        }),
      ],
      { securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } } },
    ),
  ],
  rows: {
    "a pod calls the API with its ServiceAccount's token: what its Role allows": async ({ ready, exec }) => {
      await ready(namespace, 'reader')
      const said = await exec(namespace, 'reader', call(`/api/v1/namespaces/${namespace}/pods`))
      assert.match(said, /"kind": "PodList"/)
      const { items } = JSON.parse(said.slice(said.indexOf('{'))) as { items: { metadata: { name: string } }[] }
      assert.equal(items.map(({ metadata }) => metadata.name).sort(), ['reader', 'tokenless'])
    },
    'what its Role does not allow is forbidden, and nobody without a token gets in': async ({ ready, exec }) => {
      for (const path of [`/api/v1/namespaces/${namespace}/secrets`, '/api/v1/namespaces/kube-system/pods']) {
        assert.match(await exec(namespace, 'reader', call(path)), /403 Forbidden/)
      }
      await ready(namespace, 'tokenless')
      const folder = '/var/run/secrets/kubernetes.io'
      assert.is(await exec(namespace, 'tokenless', `test -e ${folder} && echo there || echo none`), 'none')
    },
    'Pod Security refuses what a namespace forbids, and runs what it allows': async ({ ready, exec, create }) => {
      const bold = container('bold', idle, { securityContext: { privileged: true } })
      const refused = await create([pod(restricted, 'bold', [bold])]).catch((error: Error) => error)
      assert.instance(refused, Error, 'a privileged pod was let in')
      assert.match(String(refused), /violates PodSecurity "restricted.*privileged/s)
      await ready(restricted, 'modest')
      const said = await exec(
        restricted,
        'modest',
        'id -u; touch /file 2>&1; grep -E "^(CapEff|NoNewPrivs|Seccomp):" /proc/1/status',
      )
      assert.match(said, /^1000\ntouch: \/file: Read-only file system\nCapEff:\t0+\nNoNewPrivs:\t1\nSeccomp:\t2$/)
    },
  },
}
