import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { component } from '../src/component.ts'
import { images, mysql } from '../src/images.ts'
import { find, hasHelm, render } from './render.ts'

const test = suite('the chart of storage')
const withHelm = hasHelm ? test : test.skip
if (!hasHelm) console.log('skipped: Helm is not built yet')

const read = (file: string) => readFileSync(new URL(`../chart/${file}`, import.meta.url), 'utf8')
const defaults = parse(read('values.yaml'))

test('the chart uses the defined images', () => {
  const camel = (name: string) => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
  assert.equal(defaults.images, Object.fromEntries(images.map(({ name, upstream }) => [camel(name), upstream])))
  assert.is(mysql.upstream.split(':')[1], parse(read('Chart.yaml')).appVersion)
})

withHelm("the guide's names: release, Service, container, requests", () => {
  const { objects, error } = render()
  assert.is(error, '')
  const service = find(objects, 'Service', component.release)
  assert.equal(service.spec.ports, [{ name: 'mysql', port: 3306, targetPort: 'mysql', protocol: 'TCP' }])
  const [container] = find(objects, 'StatefulSet').spec.template.spec.containers
  assert.is(container.name, 'mysql-release')
  assert.equal(container.resources.requests, { cpu: '100m', memory: '256Mi' })
  assert.ok(container.resources.limits.memory)
})

withHelm(
  'Prometheus discovers the exporter by annotation, with its own job name, also while MySQL is not ready',
  () => {
    const service = find(render().objects, 'Service', 'mysql-release-exporter')
    assert.equal(service.metadata.annotations, { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '9104' })
    assert.is(service.metadata.labels['app.kubernetes.io/name'], 'mysqld-exporter')
    assert.is(service.spec.publishNotReadyAddresses, true)
  },
)

withHelm('Prometheus scrapes the Service, and the pod only if a value enables it', () => {
  const scrape = (values: object) =>
    find(render(values).objects, 'StatefulSet').spec.template.metadata.annotations['prometheus.io/scrape']
  assert.is(scrape({}), 'false')
  assert.is(scrape({ podAnnotations: { 'prometheus.io/scrape': 'true' } }), 'true')
})

withHelm('the volume is kept after an uninstall, and the claim is the one that the credentials belong to', () => {
  const claim = find(render().objects, 'PersistentVolumeClaim')
  assert.is(claim.metadata.annotations?.['helm.sh/resource-policy'], 'keep')
  assert.ok(component.secrets?.every(({ opens }) => opens?.includes(claim.metadata.name)))
})

withHelm('the pod reads only keys of the Secret that the engine writes; no object contains a password', () => {
  const { objects } = render()
  const { containers } = find(objects, 'StatefulSet').spec.template.spec
  type Variable = { valueFrom?: { secretKeyRef: { name: string; key: string } } }
  const refs = containers.flatMap(({ env }: { env: Variable[] }) =>
    env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef ?? []),
  )
  const [secret] = component.secrets ?? []
  assert.equal([...new Set(refs.map(({ key }: { key: string }) => key))].sort(), Object.keys(secret?.keys ?? {}).sort())
  assert.ok(refs.every(({ name }: { name: string }) => name === secret?.name))
  assert.not.ok(objects.some(({ kind }) => kind === 'Secret'))
})

withHelm('probes query the server, without a password in their command', () => {
  const [container] = find(render().objects, 'StatefulSet').spec.template.spec.containers
  for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
    const words = container[probe].exec.command
    assert.equal(words, ['mysql', '--defaults-file=/run/mysqld/probe.cnf', '--execute=SELECT 1'])
  }
})

withHelm('no privileges: a numeric user, a read-only root file system, no capabilities', () => {
  const { spec } = find(render().objects, 'StatefulSet').spec.template
  assert.is(spec.securityContext.runAsUser, 999)
  for (const { securityContext } of spec.containers) {
    assert.is(securityContext.readOnlyRootFilesystem, true)
    assert.is(securityContext.allowPrivilegeEscalation, false)
    assert.equal(securityContext.capabilities, { drop: ['ALL'] })
  }
})

withHelm('a changed setting of the server replaces the pod; a changed label of the release does not', () => {
  const template = (values: object) => find(render(values).objects, 'StatefulSet').spec.template.metadata.annotations
  assert.equal(template({}), template({ service: { annotations: { a: 'b' } } }))
  assert.not.equal(template({}), template({ mysqld: { max_connections: 20 } }))
  const images = {
    [defaults.images.mysql]: { digest: 'sha256:a' },
    [defaults.images.mysqldExporter]: { digest: 'sha256:b' },
  }
  assert.is(template({ global: { images } })['platform.local/images'], 'sha256:a sha256:b')
  assert.is(template({ global: { images }, exporter: { enabled: false } })['platform.local/images'], 'sha256:a')
  assert.is(template({ global: { images: { other: { digest: 'c' } } } })['platform.local/images'], undefined)
})

withHelm('server settings become lines of my.cnf; large numbers stay integers', () => {
  const values = { mysqld: { max_allowed_packet: 1073741824, event_scheduler: true, sql_mode: 'ANSI' } }
  const text = find(render(values).objects, 'ConfigMap').data['my.cnf']
  for (const line of ['max_allowed_packet=1073741824', 'event_scheduler=ON', 'sql_mode=ANSI', 'skip_log_bin=ON'])
    assert.ok(text.split('\n').includes(line), `${line} in\n${text}`)
})

withHelm('null removes a default line', () => {
  const text = find(render({ mysqld: { skip_log_bin: null } }).objects, 'ConfigMap').data['my.cnf']
  assert.not.match(text, 'skip_log_bin')
  assert.match(text, 'skip_name_resolve=ON')
})

const refused: readonly (readonly [name: string, values: object, path: string])[] = [
  ['an unknown key', { databse: 'x' }, 'databse'],
  ['a number as size', { persistence: { size: 2 } }, '/persistence/size'],
  ['a quote in the name of the database', { database: 'a`b' }, '/database'],
  ['root as the user', { user: 'root' }, '/user'],
  ['the account of the probes as the user', { user: 'probe' }, '/user'],
  ['a quote in the name of the user', { user: `a"b` }, '/user'],
  ['removed limits', { resources: { limits: null } }, '/resources'],
  ['another data directory', { mysqld: { datadir: '/tmp' } }, 'datadir'],
  ['disabled grants', { mysqld: { skip_grant_tables: true } }, 'skip_grant_tables'],
  [
    'a binary log by false, which the server takes for no log',
    { mysqld: { skip_log_bin: false } },
    '/mysqld/skip_log_bin',
  ],
  ['a second line in a setting', { mysqld: { sql_mode: 'ANSI\ndatadir=/tmp' } }, '/mysqld/sql_mode'],
  ['an unknown key of the exporter', { exporter: { enable: true } }, '/exporter'],
]
for (const [name, values, path] of refused) {
  withHelm(`refused: ${name}`, () => {
    const { error } = render(values)
    assert.match(error, path)
  })
}

withHelm('without the exporter there is neither its container nor its Service', () => {
  const { objects } = render({ exporter: { enabled: false } })
  assert.is(find(objects, 'StatefulSet').spec.template.spec.containers.length, 1)
  assert.throws(() => find(objects, 'Service', 'mysql-release-exporter'))
})

test.run()
