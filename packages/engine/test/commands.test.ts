import type { PodObject } from '@platform/cluster'
import type { PlatformError } from '@platform/core'
import { documents } from '@platform/core/documents'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseCommandLine } from '../src/cli/arguments.ts'
import { choosePage, localUrl, loginOf } from '../src/commands/open-page.ts'
import { smokeTarget } from '../src/commands/smoke-command.ts'
import { formatStatus } from '../src/commands/status-command.ts'
import type { Component, Page } from '../src/component/component.ts'
import { imagesText, runningImages } from '../src/release/running-images.ts'
import { isUnhealthy } from '../src/smoke/evidence.ts'
import {
  countSteps,
  endedStep,
  formatSmoke,
  type PlannedSmoke,
  type SmokeStep,
  smokeSteps,
  skipReasonOf,
} from '../src/smoke/steps.ts'
import { installedOf, targetInUseError } from '../src/smoke/target-in-use.ts'

const commands = suite('commands')

const grafana: Page = {
  ...{ name: 'grafana', host: 'GRAFANA_HOST', localHost: 'grafana.localhost' },
  endpoint: { namespace: 'monitoring', service: 'grafana-dashboard', port: 80 },
  login: { secret: 'grafana-dashboard', namespace: 'monitoring', user: 'admin-user', password: 'admin-password' },
}
const prometheus: Page = {
  ...{ name: 'prometheus', host: 'PROMETHEUS_HOST', localHost: 'prometheus.localhost', path: '/graph' },
  endpoint: { namespace: 'monitoring', service: 'prometheus-server', port: 80 },
  login: {
    secret: 'auth',
    namespace: 'kube-system',
    user: 'username',
    password: 'password',
    disabledBy: 'DASHBOARD_AUTH',
  },
}
const component: Component = {
  ...{ name: 'monitoring', directory: '/x', release: 'prometheus', namespace: 'monitoring' },
  pages: [prometheus, grafana],
}

commands('open: the first page, or the one that is named', () => {
  assert.is(choosePage(component, undefined).name, 'prometheus')
  assert.is(choosePage(component, 'grafana').name, 'grafana')
})
for (const [what, given, wanted, code] of [
  ['a component without pages', { ...component, pages: [] }, undefined, 'PAGE_NOT_FOUND'],
  ['a page that it has not', component, 'graph', 'UNKNOWN_PAGE'],
] as const) {
  commands(`open: ${what} is a wrong call`, () => {
    assert.throws(
      () => choosePage(given, wanted),
      (error: PlatformError) => error.code === code && error.exitCode === 2 && Boolean(error.hint),
    )
  })
}

for (const [what, local, expected] of [
  ['on the embedded node', { address: '127.0.0.1', http: 8080, https: 8443 }, 'http://prometheus.localhost:8080/graph'],
  ['on every address', { address: '0.0.0.0', http: 80, https: 443 }, 'http://prometheus.localhost/graph'],
  ['on another address of this machine', { address: '192.0.2.1', http: 8080, https: 8443 }, undefined],
  ['elsewhere', undefined, undefined],
] as const) {
  commands(`open: an ingress that answers ${what}: ${expected ?? 'a port is forwarded'}`, () => {
    assert.is(localUrl(prometheus, local), expected)
  })
}

for (const [what, page, auth, forwarded, expected] of [
  ['of the page itself', grafana, '1', true, 'grafana-dashboard'],
  ['of the ingress', prometheus, '1', false, 'auth'],
  ['of the ingress, on a forwarded port', prometheus, '1', true, undefined],
  ['of the ingress, turned off', prometheus, '0', false, undefined],
] as const) {
  commands(`open: a login ${what}: ${expected ?? 'none'}`, () => {
    const login = loginOf(page, { components: { DASHBOARD_AUTH: auth } }, forwarded)
    assert.is(login?.secret, expected)
    if (login)
      assert.match(login.command, new RegExp(`get secret --namespace \\S+ ${expected} -o jsonpath="\\{\\.data\\.`))
  })
}

commands('an option that there is not is a wrong call with the usage', () => {
  assert.throws(
    () => parseCommandLine(['x', '--bogus'], 'pnpm status [--json]', { json: { type: 'boolean' } }),
    ({ code, exitCode, message, hint }: PlatformError) =>
      code === 'INVALID_ARGUMENTS' &&
      exitCode === 2 &&
      /bogus.*\n.*usage: pnpm status/.test(message) &&
      hint === 'pnpm status',
  )
})

const digest = `sha256:${'a'.repeat(64)}`
const pod = (image: string, imageID: string): PodObject => ({
  metadata: { name: 'p' },
  status: { phase: 'Running', containerStatuses: [{ name: 'web', image, imageID }] },
})
const record = [
  { name: 'web', reference: 'docker.io/library/web:1', fidelity: 'stand-in' as const, digest, says: 'stands in' },
  {
    name: 'db',
    reference: 'docker.io/library/db:2',
    fidelity: 'upstream' as const,
    digest: `sha256:${'c'.repeat(64)}`,
  },
]
for (const [what, TARGET, image, id, expected] of [
  ['loaded by us', 'embedded', 'docker.io/library/web:1', digest, 'stand-in'],
  ['that no record knows', 'embedded', 'docker.io/library/web:1', `sha256:${'b'.repeat(64)}`, 'unknown'],
  ['pulled by us', 'embedded', 'docker.io/library/db:2', `docker.io/library/db@sha256:${'c'.repeat(64)}`, 'upstream'],
  [
    'pulled by us, of which the pod tells the id',
    'embedded',
    'docker.io/library/db:2',
    `sha256:${'d'.repeat(64)}`,
    'upstream',
  ],
  ['of another digest than was pulled', 'embedded', 'docker.io/library/db:2', `x@sha256:${'d'.repeat(64)}`, 'unknown'],
  ['not there yet', 'embedded', 'docker.io/library/web:1', '', 'unknown'],
  ['from a mirror', 'context', 'mirror.example/hub/library/web:1', `sha256:${'b'.repeat(64)}`, 'mirror'],
  ['from its own registry', 'context', 'docker.io/library/web:1', `sha256:${'b'.repeat(64)}`, 'upstream'],
  ['that we built and loaded', 'context', 'docker.io/library/web:1', digest, 'stand-in'],
] as const) {
  commands(`status: an image ${what} is ${expected}`, () => {
    const settings = { TARGET, IMAGE_REGISTRY: 'mirror.example/hub' }
    const images = runningImages([pod(image, id), pod(image, id)], settings, record)
    assert.is(imagesText(images), `web ${expected}`)
  })
}

commands('status: a table, what ails below it, and what stands in for what; it matches its schema', () => {
  const status = documents.status.parse({
    verb: 'status',
    target: { kind: 'embedded', cluster: 'dev' },
    cluster: { state: 'running', running: true },
    components: [
      {
        ...{ name: 'grafana', release: 'grafana-dashboard', namespace: 'monitoring', status: 'deployed', revision: 3 },
        ...{
          version: '13.2.3',
          health: 'not ready',
          problems: ['0 of 1 pods'],
          addresses: ['http://grafana.localhost'],
        },
        images: [{ container: 'grafana', image: 'x', imageID: digest, fidelity: 'stand-in', note: 'stands in' }],
      },
    ],
  })
  const text = formatStatus(status, false)
  assert.match(text, /^cluster dev: running\ncomponent +release/)
  assert.match(
    text,
    /grafana +monitoring\/grafana-dashboard +deployed \(3\) +13\.2\.3 +not ready +grafana stand-in +http/,
  )
  assert.match(text, /grafana: 0 of 1 pods\ngrafana is a stand-in: stands in\n$/)
})

const [up, verify, upForDrill, drill, again, report, down] = smokeSteps(undefined)
const step = (name: string, outcome: SmokeStep['outcome']): SmokeStep => ({ name, command: name, outcome, ms: 1 })
for (const [what, planned, done, stopped, expected] of [
  ['the first step', up, [], false, undefined],
  [
    'a drill after a verify that failed',
    drill,
    [step('up', 'passed'), step('verify', 'failed')],
    false,
    /verify did not/,
  ],
  ['the overlay for drills after it', upForDrill, [step('up', 'passed'), step('verify', 'failed')], false, undefined],
  [
    'up again after that',
    again,
    [step('up', 'passed'), step('verify', 'failed'), step('up-for-drill', 'passed')],
    false,
    undefined,
  ],
  ['up again after an up that failed', again, [step('up', 'failed')], false, /up-for-drill did not/],
  ['anything after a signal', again, [step('up', 'passed')], true, /interrupted/],
  ['a report after a signal', report, [step('up', 'passed'), step('verify', 'failed')], true, undefined],
  ['a report of nothing', report, [step('up', 'failed')], true, /interrupted/],
  ['down after a signal', down, [step('up', 'failed')], true, undefined],
] as const) {
  commands(`smoke: ${what} is ${expected ? 'skipped' : 'taken'}`, () => {
    assert.ok(planned)
    const why = skipReasonOf(planned, done, stopped)
    if (expected) assert.match(why ?? '', expected)
    else assert.is(why, undefined)
  })
}

const units = (...outcomes: string[]) => JSON.stringify({ units: outcomes.map((outcome) => ({ name: 'a', outcome })) })
const checks = (...skipped: (true | undefined)[]) =>
  JSON.stringify({
    units: [
      {
        name: 'u',
        checks: skipped.map((each) => ({ id: 'c', name: 'c', outcome: each ? 'skipped' : 'passed', message: 'why' })),
      },
    ],
  })
const drilled = (...outcomes: string[]) =>
  JSON.stringify({ drills: outcomes.map((outcome) => ({ component: 'c', id: 'm', outcome, message: 'why' })) })
const leftOutDrills = JSON.stringify({
  seed: 's',
  drills: [
    { component: 'c', id: 'm', outcome: 'passed' },
    { component: 'c', id: 'n', outcome: 'skipped', skipReason: 'time' },
  ],
})
const [, elsewhere] = smokeSteps('prod')
for (const [what, planned, exitCode, stdout, outcome, says] of [
  ['whose checks were asked', verify, 0, checks(undefined), 'passed', undefined],
  ['whose check was skipped', verify, 0, checks(undefined, true), 'failed', /^skipped: u c \(why\)$/],
  ["whose check was skipped on somebody's cluster", elsewhere, 0, checks(undefined, true), 'passed', undefined],
  ['that asked nothing', verify, 0, checks(), 'failed', /no check/],
  ['whose drills went well', drill, 0, drilled('passed'), 'passed', undefined],
  ['whose drill was skipped', drill, 0, drilled('passed', 'skipped'), 'failed', /^skipped: c m \(why\)$/],
  [
    'that had no time for a drill',
    drill,
    0,
    leftOutDrills,
    'passed',
    /^1 drills skipped, no time left \(seed s\): c n$/,
  ],
  ['that drilled nothing', drill, 0, drilled(), 'failed', /no drill/],
  ['that did well', up, 0, units('done'), 'passed', undefined],
  ['that failed', up, 1, JSON.stringify({ error: { code: 'X', message: 'why' } }), 'failed', /X: why/],
  [
    'whose unit failed',
    up,
    1,
    JSON.stringify({ units: [{ name: 'a', outcome: 'failed', error: { message: 'why' } }] }),
    'failed',
    /a failed: why/,
  ],
  ['that says nothing', up, 0, '', 'failed', /no JSON/],
  [
    'that should have done nothing, and did',
    again,
    0,
    units('unchanged', 'done'),
    'failed',
    /not unchanged: a \(done\)/,
  ],
  ['that did nothing, as it should', again, 0, units('unchanged'), 'passed', undefined],
  ['that should have done nothing, and names nothing', again, 0, units(), 'failed', /names no unit/],
] as readonly [string, PlannedSmoke | undefined, number, string, string, RegExp | undefined][]) {
  commands(`smoke: a step ${what} is ${outcome}`, () => {
    assert.ok(planned)
    const ended = endedStep(planned, { exitCode, ms: 5, stdout })
    assert.is(ended.outcome, outcome)
    if (says) assert.match(ended.message ?? '', says)
  })
}

commands('smoke: a step that was skipped is not one that went well; the last line is the count', () => {
  const steps = [step('up', 'failed'), step('verify', 'skipped'), step('down', 'passed')]
  const counts = countSteps(steps)
  assert.equal(counts, { passed: 1, failed: 2, skipped: 0 })
  assert.match(formatSmoke({ steps, ...counts }, false), /\n1 passed, 2 failed\n$/)
  documents.smoke.parse({ verb: 'smoke', cluster: 'x', ok: false, exitCode: 1, ...counts, steps })
  const left = [
    step('up', 'passed'),
    { ...step('drill', 'passed'), skippedDrills: 3, message: '3 drills skipped: a, b, c' },
  ]
  const text = formatSmoke({ steps: left, ...countSteps(left) }, false)
  assert.match(text, /\n3 drills skipped: a, b, c\n2 passed, 0 failed, 3 skipped\n$/)
})

const env = { HOME: '/home/test', ENV_FILE: '/dev/null', STATE_DIR: '/nowhere/state' }
commands('smoke: a cluster of its own, wherever the env file leads', () => {
  const { settings, disrupt } = smokeTarget({ ...env, INGRESS_PORT: '8080' }, undefined)
  assert.match(settings.CLUSTER_NAME, /^smoke-[0-9a-f]{6}$/)
  assert.equal([settings.INGRESS_PORT, disrupt], [undefined, undefined])
})
for (const [what, extra, disrupt, code] of [
  ['a context that was not named', { TARGET: 'context', KUBE_CONTEXT: 'prod' }, undefined, 'SMOKE_REFUSED'],
  ['a context by another name', { TARGET: 'context', KUBE_CONTEXT: 'prod' }, 'stage', 'SMOKE_REFUSED'],
  ['a cluster that is there', { STATE_DIR: '/', CLUSTER_NAME: 'tmp' }, undefined, 'SMOKE_TARGET_IN_USE'],
] as const) {
  commands(`smoke: ${what} is left alone`, () => {
    assert.throws(
      () => smokeTarget({ ...env, ...extra }, disrupt),
      (error: PlatformError) => error.code === code && error.exitCode === 2,
    )
  })
}

commands('smoke: an installation on a context is named and left alone', async () => {
  const labels = { owner: 'helm', name: 'prometheus', version: '1', status: 'deployed' }
  const annotations = { 'meta.helm.sh/release-name': 'prometheus', 'meta.helm.sh/release-namespace': 'monitoring' }
  const api = (there: boolean) => ({
    async request() {
      const items = there ? [{ metadata: { name: 'sh.helm.release.v1.prometheus.v1', labels } }] : []
      return { status: 200, headers: {}, body: JSON.stringify({ items }) }
    },
    list: async () => [
      ...(there ? [{ metadata: { name: 'data', namespace: 'monitoring', annotations } }] : []),
      { metadata: { name: 'theirs', namespace: 'monitoring' } },
    ],
  })
  assert.equal(await installedOf(api(false) as never, [component]), [])
  assert.is(targetInUseError('prod', []), undefined)
  const there = await installedOf(api(true) as never, [component])
  assert.equal(there, ['release monitoring/prometheus', 'volume monitoring/data'])
  const error = targetInUseError('prod', there)
  assert.equal([error?.code, error?.exitCode], ['SMOKE_TARGET_IN_USE', 2])
  assert.match(error?.message ?? '', /on prod .*\n {2}release monitoring\/prometheus\n/)
})

commands('smoke keeps logs of pods that are not ready or were started again', () => {
  const ready = [{ type: 'Ready', status: 'True' }]
  const unwell = (status: PodObject['status']) => isUnhealthy({ metadata: { name: 'p' }, status })
  assert.not(unwell({ phase: 'Running', conditions: ready }))
  assert.not(unwell({ phase: 'Succeeded' }))
  assert.ok(unwell({ phase: 'Pending' }))
  assert.ok(unwell({ phase: 'Running', conditions: ready, containerStatuses: [{ name: 'a', restartCount: 1 }] }))
})

commands.run()
