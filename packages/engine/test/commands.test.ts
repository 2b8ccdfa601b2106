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
  skipReasonOf,
  smokeSteps,
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

commands('open: opens the first page, or the named one', () => {
  assert.is(choosePage(component, undefined).name, 'prometheus')
  assert.is(choosePage(component, 'grafana').name, 'grafana')
})
for (const [kind, from, wanted, code] of [
  ['a component without pages', { ...component, pages: [] }, undefined, 'PAGE_NOT_FOUND'],
  ['an unknown page', component, 'graph', 'UNKNOWN_PAGE'],
] as const) {
  commands(`open: ${kind} is refused`, () => {
    assert.throws(
      () => choosePage(from, wanted),
      (error: PlatformError) => error.code === code && error.exitCode === 2 && Boolean(error.hint),
    )
  })
}

for (const [where, local, expected] of [
  ['on loopback', { address: '127.0.0.1', http: 8080, https: 8443 }, 'http://prometheus.localhost:8080/graph'],
  ['on every address', { address: '0.0.0.0', http: 80, https: 443 }, 'http://prometheus.localhost/graph'],
  ['on another address of this machine', { address: '192.0.2.1', http: 8080, https: 8443 }, undefined],
  ['on another machine', undefined, undefined],
] as const) {
  commands(`open: an ingress ${where}: ${expected ?? 'forwards a port'}`, () => {
    assert.is(localUrl(prometheus, local), expected)
  })
}

for (const [kind, page, auth, forwarded, expected] of [
  ['of the page itself', grafana, '1', true, 'grafana-dashboard'],
  ['of the ingress', prometheus, '1', false, 'auth'],
  ['of the ingress, on a forwarded port', prometheus, '1', true, undefined],
  ['of the ingress, disabled', prometheus, '0', false, undefined],
] as const) {
  commands(`open: a login ${kind}: ${expected ?? 'none'}`, () => {
    const login = loginOf(page, { components: { DASHBOARD_AUTH: auth } }, forwarded)
    assert.is(login?.secret, expected)
    if (login)
      assert.match(login.command, new RegExp(`get secret --namespace \\S+ ${expected} -o jsonpath="\\{\\.data\\.`))
  })
}

commands('an unknown option is refused with the usage', () => {
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
for (const [kind, TARGET, image, id, expected] of [
  ['that the platform loaded', 'embedded', 'docker.io/library/web:1', digest, 'stand-in'],
  ['that is in no record', 'embedded', 'docker.io/library/web:1', `sha256:${'b'.repeat(64)}`, 'unknown'],
  [
    'that the platform pulled',
    'embedded',
    'docker.io/library/db:2',
    `docker.io/library/db@sha256:${'c'.repeat(64)}`,
    'upstream',
  ],
  [
    'that the platform pulled, with only the image id in the pod status',
    'embedded',
    'docker.io/library/db:2',
    `sha256:${'d'.repeat(64)}`,
    'upstream',
  ],
  ['whose digest is not the pulled one', 'embedded', 'docker.io/library/db:2', `x@sha256:${'d'.repeat(64)}`, 'unknown'],
  ['that is not pulled yet', 'embedded', 'docker.io/library/web:1', '', 'unknown'],
  ['from a mirror', 'context', 'mirror.example/hub/library/web:1', `sha256:${'b'.repeat(64)}`, 'mirror'],
  ['from its own registry', 'context', 'docker.io/library/web:1', `sha256:${'b'.repeat(64)}`, 'upstream'],
  ['that the platform built and loaded', 'context', 'docker.io/library/web:1', digest, 'stand-in'],
] as const) {
  commands(`status: the fidelity of an image ${kind} is ${expected}`, () => {
    const settings = { TARGET, IMAGE_REGISTRY: 'mirror.example/hub' }
    const images = runningImages([pod(image, id), pod(image, id)], settings, record)
    assert.is(imagesText(images), `web ${expected}`)
  })
}

commands('status: a table, the problems and the image notes below it; the document matches its schema', () => {
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
for (const [name, planned, done, stopped, expected] of [
  ['the first step', up, [], false, undefined],
  [
    'a drill after a verify that failed',
    drill,
    [step('up', 'passed'), step('verify', 'failed')],
    false,
    /step verify did not pass/,
  ],
  [
    'up-for-drill after a verify that failed',
    upForDrill,
    [step('up', 'passed'), step('verify', 'failed')],
    false,
    undefined,
  ],
  [
    'up-again after a verify that failed',
    again,
    [step('up', 'passed'), step('verify', 'failed'), step('up-for-drill', 'passed')],
    false,
    undefined,
  ],
  ['up-again after an up that failed', again, [step('up', 'failed')], false, /step up-for-drill did not pass/],
  ['up-again after a signal', again, [step('up', 'passed')], true, /interrupted/],
  ['a report after a signal', report, [step('up', 'passed'), step('verify', 'failed')], true, undefined],
  ['a report after a signal and a failed up', report, [step('up', 'failed')], true, /interrupted/],
  ['down after a signal', down, [step('up', 'failed')], true, undefined],
] as const) {
  commands(`smoke: ${name} ${expected ? 'is skipped' : 'runs'}`, () => {
    assert.ok(planned)
    const reason = skipReasonOf(planned, done, stopped)
    if (expected) assert.match(reason ?? '', expected)
    else assert.is(reason, undefined)
  })
}

const units = (...outcomes: string[]) => JSON.stringify({ units: outcomes.map((outcome) => ({ name: 'a', outcome })) })
const checks = (...skipped: (true | undefined)[]) =>
  JSON.stringify({
    units: [
      {
        name: 'u',
        checks: skipped.map((each) => ({
          id: 'c',
          name: 'c',
          outcome: each ? 'skipped' : 'passed',
          message: 'reason',
        })),
      },
    ],
  })
const drilled = (...outcomes: string[]) =>
  JSON.stringify({ drills: outcomes.map((outcome) => ({ component: 'c', id: 'm', outcome, message: 'reason' })) })
const skippedDrills = JSON.stringify({
  seed: 's',
  drills: [
    { component: 'c', id: 'm', outcome: 'passed' },
    { component: 'c', id: 'n', outcome: 'skipped', skipReason: 'time' },
  ],
})
const [, elsewhere] = smokeSteps('prod')
for (const [kind, planned, exitCode, stdout, outcome, expected] of [
  ['whose checks ran', verify, 0, checks(undefined), 'passed', undefined],
  ['whose check was skipped', verify, 0, checks(undefined, true), 'failed', /^skipped: u c \(reason\)$/],
  ['whose check was skipped on a context', elsewhere, 0, checks(undefined, true), 'passed', undefined],
  ['that ran no checks', verify, 0, checks(), 'failed', /no checks/],
  ['whose drills passed', drill, 0, drilled('passed'), 'passed', undefined],
  ['whose drill was skipped', drill, 0, drilled('passed', 'skipped'), 'failed', /^skipped: c m \(reason\)$/],
  [
    'that had no time for a drill',
    drill,
    0,
    skippedDrills,
    'passed',
    /^1 drills skipped, no time left \(seed s\): c n$/,
  ],
  ['that ran no drills', drill, 0, drilled(), 'failed', /no drills/],
  ['that passed', up, 0, units('done'), 'passed', undefined],
  ['that failed', up, 1, JSON.stringify({ error: { code: 'X', message: 'reason' } }), 'failed', /X: reason/],
  [
    'whose unit failed',
    up,
    1,
    JSON.stringify({ units: [{ name: 'a', outcome: 'failed', error: { message: 'reason' } }] }),
    'failed',
    /a failed: reason/,
  ],
  ['without output', up, 0, '', 'failed', /no JSON/],
  [
    'that should not change anything, but does',
    again,
    0,
    units('unchanged', 'done'),
    'failed',
    /not unchanged: a \(done\)/,
  ],
  ['that changes nothing, as it should', again, 0, units('unchanged'), 'passed', undefined],
  ['that should not change anything, but has no units', again, 0, units(), 'failed', /no units/],
] as readonly [string, PlannedSmoke | undefined, number, string, string, RegExp | undefined][]) {
  commands(`smoke: the outcome of a step ${kind} is ${outcome}`, () => {
    assert.ok(planned)
    const ended = endedStep(planned, { exitCode, ms: 5, stdout })
    assert.is(ended.outcome, outcome)
    if (expected) assert.match(ended.message ?? '', expected)
  })
}

commands('smoke: a skipped step counts as failed; the last line has the counts', () => {
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
commands('smoke: uses a cluster of its own, whatever the env file names', () => {
  const { settings, disrupt } = smokeTarget({ ...env, INGRESS_PORT: '8080' }, undefined)
  assert.match(settings.CLUSTER_NAME, /^smoke-[0-9a-f]{6}$/)
  assert.equal([settings.INGRESS_PORT, disrupt], [undefined, undefined])
})
for (const [kind, extra, disrupt, code] of [
  ['a context that was not named', { TARGET: 'context', KUBE_CONTEXT: 'prod' }, undefined, 'SMOKE_REFUSED'],
  ['a context by another name', { TARGET: 'context', KUBE_CONTEXT: 'prod' }, 'stage', 'SMOKE_REFUSED'],
  ['an existing cluster', { STATE_DIR: '/', CLUSTER_NAME: 'tmp' }, undefined, 'SMOKE_TARGET_IN_USE'],
] as const) {
  commands(`smoke: ${kind} is refused`, () => {
    assert.throws(
      () => smokeTarget({ ...env, ...extra }, disrupt),
      (error: PlatformError) => error.code === code && error.exitCode === 2,
    )
  })
}

commands('smoke: an existing installation on a context is refused and listed', async () => {
  const labels = { owner: 'helm', name: 'prometheus', version: '1', status: 'deployed' }
  const annotations = { 'meta.helm.sh/release-name': 'prometheus', 'meta.helm.sh/release-namespace': 'monitoring' }
  const api = (installed: boolean) => ({
    async request() {
      const items = installed ? [{ metadata: { name: 'sh.helm.release.v1.prometheus.v1', labels } }] : []
      return { status: 200, headers: {}, body: JSON.stringify({ items }) }
    },
    list: async () => [
      ...(installed ? [{ metadata: { name: 'data', namespace: 'monitoring', annotations } }] : []),
      { metadata: { name: 'unmanaged', namespace: 'monitoring' } },
    ],
  })
  assert.equal(await installedOf(api(false) as never, [component]), [])
  assert.is(targetInUseError('prod', []), undefined)
  const found = await installedOf(api(true) as never, [component])
  assert.equal(found, ['release monitoring/prometheus', 'volume monitoring/data'])
  const error = targetInUseError('prod', found)
  assert.equal([error?.code, error?.exitCode], ['SMOKE_TARGET_IN_USE', 2])
  assert.match(error?.message ?? '', /on prod:\n {2}release monitoring\/prometheus\n/)
})

commands('smoke saves logs of pods that are not ready or were restarted', () => {
  const ready = [{ type: 'Ready', status: 'True' }]
  const unhealthy = (status: PodObject['status']) => isUnhealthy({ metadata: { name: 'p' }, status })
  assert.not(unhealthy({ phase: 'Running', conditions: ready }))
  assert.not(unhealthy({ phase: 'Succeeded' }))
  assert.ok(unhealthy({ phase: 'Pending' }))
  assert.ok(unhealthy({ phase: 'Running', conditions: ready, containerStatuses: [{ name: 'a', restartCount: 1 }] }))
})

commands.run()
