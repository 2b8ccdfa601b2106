import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { component } from '../src/component.ts'
import { find, hasHelm, render } from './render.ts'

const test = suite('the chart of grafana')
const withHelm = hasHelm ? test : test.skip
if (!hasHelm) console.log('skipped: Helm is not built yet')

const dashboards = { 'one.json': '{"uid":"one"}', 'two.json': '{"uid":"two","legend":"{{pod}} $x"}' }

withHelm("the guide's names: release, Service, Ingress", () => {
  const { objects, error } = render()
  assert.is(error, '')
  const service = find(objects, 'Service', component.release)
  assert.equal(service.spec.ports, [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }])
  const ingress = find(objects, 'Ingress')
  assert.is(ingress.spec.ingressClassName, 'traefik')
  assert.equal(
    ingress.spec.rules.map(({ host }: { host: string }) => host),
    ['grafana.monitoring.com'],
  )
})

withHelm('every object is of the namespace and says whose it is', () => {
  for (const { kind, metadata } of render({ dashboards }).objects) {
    assert.is(metadata.namespace, 'monitoring', kind)
    assert.is(metadata.labels['app.kubernetes.io/part-of'], 'observable-platform', kind)
    assert.is(metadata.labels['app.kubernetes.io/name'], 'grafana', kind)
  }
})

withHelm('the datasource is Prometheus, with the uid that dashboards name', () => {
  const file = find(render().objects, 'ConfigMap', 'grafana-dashboard-datasources').data['prometheus.yaml']
  const [datasource] = parse(file).datasources
  assert.is(datasource.url, 'http://prometheus-server.monitoring.svc.cluster.local')
  assert.is(datasource.uid, 'prometheus')
  assert.is(datasource.isDefault, true)
  assert.is(datasource.editable, false)
})

withHelm('each dashboard is a ConfigMap of its own, as it is, and is mounted where the provider looks', () => {
  const { objects } = render({ dashboards })
  const pod = find(objects, 'Deployment').spec.template.spec
  const volume = pod.volumes.find(({ name }: { name: string }) => name === 'dashboards')
  assert.equal(
    volume.projected.sources.map((source: { configMap: { name: string } }) => source.configMap.name),
    ['grafana-dashboard-one', 'grafana-dashboard-two'],
  )
  for (const [file, text] of Object.entries(dashboards)) {
    const { data } = find(objects, 'ConfigMap', `grafana-dashboard-${file.replace('.json', '')}`)
    assert.equal(data, { [file]: text })
  }
  const provider = parse(find(objects, 'ConfigMap', 'grafana-dashboard-providers').data['platform.yaml'])
  const mount = pod.containers[0].volumeMounts.find(({ name }: { name: string }) => name === 'dashboards')
  assert.is(provider.providers[0].options.path, mount.mountPath)
})

withHelm('without dashboards there is still a pod', () => {
  const { volumes } = find(render().objects, 'Deployment').spec.template.spec
  assert.equal(volumes.find(({ name }: { name: string }) => name === 'dashboards').emptyDir, {})
})

withHelm('its pod is not scraped for itself, unless a value asks for it: its Service is', () => {
  const scrape = (values: object) =>
    find(render(values).objects, 'Deployment').spec.template.metadata.annotations['prometheus.io/scrape']
  assert.is(scrape({}), 'false')
  assert.is(scrape({ podAnnotations: { 'prometheus.io/scrape': 'true' } }), 'true')
})

withHelm('the volume outlives the release, and the claim is the one that the credentials open', () => {
  const claim = find(render().objects, 'PersistentVolumeClaim')
  assert.is(claim.metadata.annotations?.['helm.sh/resource-policy'], 'keep')
  assert.equal(component.secrets?.[0]?.opens, [claim.metadata.name])
  assert.equal(find(render().objects, 'Deployment').spec.strategy, { type: 'Recreate' })
})

withHelm('the pod has no privilege, limits, and the password from a file', () => {
  const { objects } = render()
  const { securityContext, containers, automountServiceAccountToken } = find(objects, 'Deployment').spec.template.spec
  assert.is(securityContext.runAsUser, 472)
  assert.is(securityContext.runAsNonRoot, true)
  assert.is(securityContext.seccompProfile.type, 'RuntimeDefault')
  assert.is(automountServiceAccountToken, false)
  for (const container of containers) {
    assert.is(container.securityContext.readOnlyRootFilesystem, true)
    assert.ok(container.resources.limits.memory && container.resources.limits.cpu)
    assert.not.match(JSON.stringify(container.env ?? []), /PASSWORD/)
  }
  const settings = find(objects, 'ConfigMap', 'grafana-dashboard-settings').data
  assert.is(settings.GF_SECURITY_ADMIN_PASSWORD__FILE, '/etc/grafana/admin/admin-password')
})

withHelm('nobody signs up, nothing is sent home, nothing is fetched', () => {
  const { data } = find(render().objects, 'ConfigMap', 'grafana-dashboard-settings')
  assert.is(data.GF_USERS_ALLOW_SIGN_UP, 'false')
  assert.is(data.GF_ANALYTICS_REPORTING_ENABLED, 'false')
  assert.is(data.GF_ANALYTICS_CHECK_FOR_UPDATES, 'false')
  assert.is(data.GF_PLUGINS_PREINSTALL_DISABLED, 'true')
})

withHelm('plugins are fetched before Grafana serves; more settings stand above ours', () => {
  const values = { plugins: ['a-panel', 'b-app@1.2.3'], env: { GF_LOG_MODE: 'console file' } }
  const { data } = find(render(values).objects, 'ConfigMap', 'grafana-dashboard-settings')
  assert.is(data.GF_PLUGINS_PREINSTALL_SYNC, 'a-panel,b-app@1.2.3')
  assert.is(data.GF_PLUGINS_PREINSTALL_DISABLED, 'false')
  assert.is(data.GF_LOG_MODE, 'console file')
})

withHelm('what Grafana reads once replaces the pod when it changes, and so does an image', () => {
  const pod = (values: object) => JSON.stringify(find(render(values).objects, 'Deployment').spec.template.metadata)
  const changes: Record<string, object> = {
    'a dashboard': { dashboards },
    'the datasource': { datasource: { url: 'http://elsewhere' } },
    'a setting': { env: { GF_X: 'y' } },
    'its image': { global: { images: { 'docker.io/grafana/grafana:13.2.3': { digest: 'sha256:1' } } } },
  }
  for (const [name, values] of Object.entries(changes)) assert.is.not(pod(values), pod({}), name)
  assert.is(pod({ ingress: { hosts: ['a.b'] } }), pod({}))
  assert.is(pod({ dashboards }), pod({ dashboards }))
})

const refused: Readonly<Record<string, { values: object; says: RegExp }>> = {
  'the dead pie chart plugin': {
    values: { plugins: ['grafana-piechart-panel'] },
    says: /grafana-piechart-panel is dead.*own pie chart replaces it/s,
  },
  'a version of the dead pie chart plugin': {
    values: { plugins: ['grafana-piechart-panel@1.6.4'] },
    says: /grafana-piechart-panel is dead/,
  },
  'an unknown key': { values: { persistance: {} }, says: /persistance/ },
  'an unknown key further down': { values: { ingress: { host: 'x' } }, says: /host/ },
  'no host': { values: { ingress: { hosts: [] } }, says: /hosts/ },
  'a size without a unit': { values: { persistence: { size: '1' } }, says: /size/ },
  'a secret among the settings': { values: { env: { GF_SMTP_PASSWORD: 'x' } }, says: /GF_SMTP_PASSWORD/ },
  'a datasource with a password in its URL': { values: { datasource: { url: 'http://a:b@c' } }, says: /url/ },
}

for (const [name, { values, says }] of Object.entries(refused)) {
  withHelm(`${name} is refused`, () => assert.match(render(values).error, says))
}

test.run()
