import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { component } from '../src/component.ts'
import { images, traefik } from '../src/images.ts'
import { hasHelm, type Rendered, readYaml, render, rendered } from './render.ts'

const test = suite('the chart of the ingress')
const withHelm = hasHelm ? test : test.skip
if (!hasHelm) console.error('skipped: the chart of the ingress: Helm is not built yet') // uvu only counts it

const hosts = { ingress: { hosts: ['traefik.management.com', 'traefik.localhost'] } }
const ha = readYaml('../../values/ha/ingress.yaml')

test('the chart uses the defined image, and its version', () => {
  const named = Object.fromEntries(images.map(({ name, upstream }) => [name, upstream]))
  assert.equal(readYaml('chart/values.yaml').images, named)
  assert.is(readYaml('chart/Chart.yaml').appVersion, traefik.upstream.split(':')[1])
})

test('the chart reads the Secret that the engine writes', () => {
  assert.equal(
    [readYaml('chart/values.yaml').auth.secret],
    component.secrets?.map(({ name }) => name),
  )
})

const container = (values: object): Rendered => rendered(values, 'Deployment').spec.template.spec.containers[0]
const pod = (values: object): Rendered => rendered(values, 'Deployment').spec.template.spec
const middlewares = (values: object): Rendered =>
  parse(rendered(values, 'ConfigMap', 'traefik-ingress-dynamic').data['platform.yaml']).http.middlewares
const has = (values: object, kind: string) => render(values).objects.some((each) => each?.kind === kind)
const argument = (values: object, name: string) =>
  (container(values).args as string[]).find((each) => each.startsWith(`--${name}=`))?.replace(/^[^=]+=/, '')
const dashboardType = (values: object) => rendered(values, 'Service', 'traefik-ingress-dashboard').spec.type

const rows: Record<string, () => void> = {
  "the guide's Services: a LoadBalancer, and the dashboard's that Prometheus finds"() {
    const service = rendered({}, 'Service')
    assert.is(service.spec.type, 'LoadBalancer')
    assert.equal(
      service.spec.ports.map(({ port, targetPort }: Rendered) => [port, targetPort]),
      [
        [80, 'web'],
        [443, 'websecure'],
      ],
    )
    const dashboard = rendered({}, 'Service', 'traefik-ingress-dashboard')
    assert.equal(dashboard.metadata.annotations, { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '8080' })
    assert.is(dashboard.metadata.labels['app.kubernetes.io/name'], 'traefik', 'the job label of its series')
  },
  'its pod is not scraped for itself: its Service is'() {
    const { annotations } = rendered({}, 'Deployment').spec.template.metadata
    assert.is(annotations['prometheus.io/scrape'], 'false')
  },
  'the dashboard has a NodePort on the embedded target alone, unless a value asks for one'() {
    assert.is(dashboardType({ global: { target: 'embedded' } }), 'NodePort')
    assert.is(dashboardType({ global: { target: 'context' } }), 'ClusterIP')
    assert.is(dashboardType({ dashboard: { service: { type: 'NodePort' } } }), 'NodePort')
    assert.is(
      dashboardType({ global: { target: 'embedded' }, dashboard: { service: { type: 'ClusterIP' } } }),
      'ClusterIP',
    )
  },
  'one Ingress has all hosts of the dashboard, with the login and the redirect'() {
    const { metadata, spec } = rendered(hosts, 'Ingress', 'traefik-ingress-dashboard')
    assert.is(spec.ingressClassName, 'traefik')
    assert.equal(
      spec.rules.map(({ host }: Rendered) => host),
      hosts.ingress.hosts,
    )
    assert.equal(metadata.annotations, {
      'traefik.ingress.kubernetes.io/router.middlewares': 'auth@file,dashboard-slash@file',
    })
    assert.not.ok(has({}, 'Ingress'), 'no host: no Ingress')
  },
  'the login reads the users of the Secret'() {
    assert.equal(middlewares({}).auth, { basicAuth: { usersFile: '/etc/traefik/auth/users', removeHeader: true } })
    const { secret } = pod({}).volumes.find(({ name }: Rendered) => name === 'auth')
    assert.equal(secret, { secretName: 'traefik-ingress-auth', items: [{ key: 'users', path: 'users' }] })
  },
  'without a login the middleware is still there, and the Secret is not wanted'() {
    const off = { auth: { enabled: false } }
    assert.equal(middlewares(off).auth, { chain: { middlewares: [] } })
    assert.equal(
      pod(off).volumes.map(({ name }: Rendered) => name),
      ['dynamic'],
    )
    assert.equal(
      container(off).volumeMounts.map(({ name }: Rendered) => name),
      ['dynamic'],
    )
  },
  "an operator's middlewares stand beside the platform's"() {
    const own = { dynamic: { http: { middlewares: { mine: { compress: {} } } } } }
    assert.equal(Object.keys(middlewares(own)), ['auth', 'dashboard-slash', 'mine'])
  },
  'a changed configuration replaces the pods'() {
    const sum = (values: object) =>
      rendered(values, 'Deployment').spec.template.metadata.annotations['platform.local/config']
    assert.is(sum({}), sum({ replicas: 2 }))
    assert.is.not(sum({}), sum({ auth: { enabled: false } }))
  },
  'a changed image of the same name replaces the pods'() {
    const annotations = (values: object) => rendered(values, 'Deployment').spec.template.metadata.annotations
    assert.is(annotations({})['platform.local/images'], undefined)
    const images = {
      'docker.io/library/traefik:v3.7.15': { source: 'x', digest: 'sha256:1' },
      other: { digest: 'sha256:2' },
    }
    assert.is(annotations({ global: { images } })['platform.local/images'], 'sha256:1')
  },
  'it runs without any privilege'() {
    const { securityContext, hostNetwork } = pod({})
    assert.is(hostNetwork, undefined)
    assert.is(securityContext.runAsNonRoot, true)
    assert.ok(securityContext.runAsUser > 0)
    assert.equal(securityContext.seccompProfile, { type: 'RuntimeDefault' })
    assert.equal(container({}).securityContext, {
      ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    })
    const ports = container({}).ports.map(({ containerPort }: Rendered) => containerPort)
    assert.ok(ports.every((port: number) => port > 1024))
  },
  'it may write nothing in the cluster but the addresses of Ingresses'() {
    const { rules } = rendered({}, 'ClusterRole')
    const writes = rules.filter(({ verbs }: Rendered) =>
      verbs.some((verb: string) => !['get', 'list', 'watch'].includes(verb)),
    )
    assert.equal(
      writes.map(({ resources, verbs }: Rendered) => [resources, verbs]),
      [[['ingresses/status'], ['update']]],
    )
  },
  'it has no custom resources, and takes its own class of Ingresses alone'() {
    assert.not.ok(has({}, 'CustomResourceDefinition'))
    assert.is(argument({}, 'providers.kubernetesIngress.ingressClass'), 'traefik')
    assert.is(
      argument({}, 'providers.kubernetesIngress.ingressEndpoint.publishedService'),
      'kube-system/traefik-ingress',
    )
    assert.is(rendered({}, 'IngressClass', 'traefik').spec.controller, 'traefik.io/ingress-controller')
  },
  'the access log is JSON, and can be off'() {
    assert.is(argument({}, 'accessLog.format'), 'json')
    assert.is(argument({ accessLog: { enabled: false } }, 'accessLog'), undefined)
  },
  'proxies are believed only where they are named'() {
    const name = 'entryPoints.web.forwardedHeaders.trustedIPs'
    assert.is(argument({}, name), undefined)
    assert.is(argument({ trustedProxies: ['10.0.0.0/8', '192.168.0.0/16'] }, name), '10.0.0.0/8,192.168.0.0/16')
  },
  'a pod is given the time that its requests are given'() {
    const { acceptSeconds, drainSeconds } = readYaml('chart/values.yaml').shutdown
    assert.ok(pod({}).terminationGracePeriodSeconds > acceptSeconds + drainSeconds)
    assert.is(argument({}, 'entryPoints.web.transport.lifeCycle.graceTimeOut'), `${drainSeconds}s`)
  },
  'by itself one pod, which no budget holds'() {
    assert.is(rendered({}, 'Deployment').spec.replicas, 1)
    assert.not.ok(has({}, 'PodDisruptionBudget'))
    assert.is(pod({}).affinity, undefined)
  },
  'highly available: two pods apart from each other, and one of them stays'() {
    assert.is(rendered(ha, 'Deployment').spec.replicas, 2)
    assert.is(rendered(ha, 'PodDisruptionBudget').spec.minAvailable, 1)
    const [term] = pod(ha).affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution
    assert.is(term.podAffinityTerm.topologyKey, 'kubernetes.io/hostname')
    assert.ok(pod({ antiAffinity: 'required' }).affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution)
  },
  'every object has the labels of the platform, and limits are set'() {
    for (const { metadata } of render({ ...hosts, ...ha }).objects.filter(Boolean)) {
      assert.is(metadata.labels['app.kubernetes.io/part-of'], 'observable-platform', metadata.name)
      assert.is(metadata.labels['app.kubernetes.io/instance'], 'traefik-ingress', metadata.name)
    }
    assert.equal(Object.keys(container({}).resources), ['limits', 'requests'])
  },
}
for (const [name, row] of Object.entries(rows)) withHelm(name, row)

const refused: [string, object, RegExp][] = [
  ['an unknown key', { replica: 2 }, /replica/],
  ['an unknown key further down', { auth: { enable: true } }, /auth.*enable/s],
  ['a wrong type', { replicas: 'two' }, /replicas/],
  ['an unsupported Service type', { dashboard: { service: { type: 'LoadBalancer' } } }, /dashboard/],
  ['a host with a scheme', { ingress: { hosts: ['http://traefik.localhost'] } }, /hosts/],
  ['an unknown log level', { logLevel: 'chatty' }, /logLevel/],
  ['an argument without its dashes', { extraArgs: ['log.level=DEBUG'] }, /extraArgs/],
  ['dynamic configuration of an unknown kind', { dynamic: { https: {} } }, /dynamic/],
]
for (const [what, values, expected] of refused) {
  withHelm(`the schema refuses ${what}`, () => assert.match(render(values).error, expected))
}

test.run()
