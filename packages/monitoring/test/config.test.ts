import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { withJob, withTarget } from '../src/drills/change.ts'
import { swapsLimits } from '../src/drills/limits.ts'
import { amtool, promtool } from './support/promtool.ts'
import { hasHelm, renderedFiles } from './support/render.ts'

const test = suite('rendered configuration')
const withHelm = hasHelm ? test : test.skip
if (!hasHelm) console.error('skipped the tests of the rendered configuration: Helm is not built yet') // uvu only counts skipped tests

const account = '/var/run/secrets/kubernetes.io/serviceaccount'
const receivers = '/etc/alertmanager-receivers'

/** Runs work in a temporary folder with the files that the configuration refers to. */
async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'platform-config-'))
  try {
    mkdirSync(join(folder, account), { recursive: true })
    mkdirSync(join(folder, receivers), { recursive: true })
    for (const file of ['token', 'ca.crt']) writeFileSync(join(folder, account, file), 'x')
    for (const file of ['webhook-url', 'slack-url']) writeFileSync(join(folder, receivers, file), 'http://127.0.0.1/x')
    writeFileSync(join(folder, receivers, 'email-password'), 'x')
    await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Job {
  readonly job_name: string
  readonly tls_config?: { readonly insecure_skip_verify?: boolean; readonly ca_file?: string }
  readonly relabel_configs?: readonly {
    readonly source_labels?: readonly string[]
    readonly regex?: unknown
    readonly action?: string
  }[]
  readonly metric_relabel_configs?: readonly { readonly target_label?: string }[]
}

const job = (text: string, name: string): Job => {
  const { scrape_configs: jobs } = parse(text) as { scrape_configs: Job[] }
  return jobs.find((each) => each.job_name === name) ?? { job_name: `no ${name}` }
}
const targetLabels = (text: string) =>
  (job(text, 'kubernetes-cadvisor').metric_relabel_configs ?? []).map((each) => each.target_label)
const podRule = (text: string) => {
  const [rule] = job(text, 'kubernetes-pods').relabel_configs ?? []
  return `${rule?.action} ${rule?.regex}`
}

const extra = { job_name: 'shop', static_configs: [{ targets: ['shop.example.org:80'] }] }

const configurations: readonly [name: string, values: object, check: (text: string) => void][] = [
  ['default values', {}, (text) => assert.is(podRule(text), 'keep true')],
  ['all pods', { scrape: { pods: 'all' } }, (text) => assert.is(podRule(text), 'drop false')],
  ['old labels', {}, (text) => assert.ok(targetLabels(text).includes('container_name'))],
  [
    'no old labels',
    { compatibility: { oldLabels: false } },
    (text) => assert.not.ok(targetLabels(text).includes('container_name')),
  ],
  [
    'no old labels, nothing dropped',
    { compatibility: { oldLabels: false }, scrape: { cadvisor: { drop: '' } } },
    () => {},
  ],
  ['an additional job', { scrape: { extra: [extra] } }, (text) => assert.is(job(text, 'shop').job_name, 'shop')],
  [
    'verification of the kubelet certificate',
    { scrape: { kubelet: { insecureSkipVerify: false } } },
    (text) => assert.match(job(text, 'kubernetes-nodes').tls_config?.ca_file ?? '', /ca\.crt$/),
  ],
  [
    'no CoreDNS job',
    { scrape: { coredns: { enabled: false } } },
    (text) => assert.is(job(text, 'coredns').job_name, 'no coredns'),
  ],
  ['external labels', { server: { externalLabels: { cluster: 'a' } } }, () => {}],
  [
    'additional rules',
    {
      rules: {
        extraGroups: [{ name: 'shop', rules: [{ alert: 'CartDown', expr: 'up == 0' }] }],
        extra: {
          'more.rules.yaml': 'groups:\n  - name: more\n    rules:\n      - record: a:b:c\n        expr: sum(up)\n',
        },
      },
    },
    () => {},
  ],
]

/** Checks a configuration and the rule files of these values with promtool. */
async function assertValid(text: string, values: object, folder: string): Promise<void> {
  const here = text.replaceAll(account, join(folder, account)).replaceAll('/etc/prometheus/', `${folder}/`)
  writeFileSync(join(folder, 'prometheus.yml'), here)
  for (const [file, rules] of Object.entries(renderedFiles(values, 'prometheus-rules'))) {
    writeFileSync(join(folder, file), rules)
  }
  const { exitCode, stdout, stderr } = await promtool(['check', 'config', 'prometheus.yml'], folder)
  assert.is(exitCode, 0, `${stdout}${stderr}`)
  assert.match(stdout, /rules found/, 'promtool read no rule file')
}

const configOf = (values: object) => renderedFiles(values, 'prometheus-server')['prometheus.yml'] ?? ''

for (const [name, values, check] of configurations) {
  withHelm(`configuration and rules are valid: ${name}`, () =>
    inFolder(async (folder) => {
      check(configOf(values))
      await assertValid(configOf(values), values, folder)
    }),
  )
}

const edits: readonly [name: string, edit: (text: string) => string][] = [
  ['a job without targets', withJob('drill')],
  ['an additional target', withTarget('prometheus', 'localhost:1', 'drill')],
  ['swapped limits', swapsLimits('prometheus-server', 'config-reloader')],
]

for (const [name, edit] of edits) {
  withHelm(`configuration is valid after the edit of a drill: ${name}`, () =>
    inFolder(async (folder) => {
      assert.is.not(edit(configOf({})), configOf({}))
      await assertValid(edit(configOf({})), {}, folder)
    }),
  )
}

const ofServices: readonly [pod: string, annotations: string, dropped: boolean][] = [
  ['without annotations, which kubernetes-pods scrapes', 'web-1;;;;', true],
  ['with "true", which kubernetes-pods scrapes', 'web-1;true;;;', true],
  ['with "false"', 'web-1;false;;;', false],
  ['whose Service names a port', 'web-1;;8080;;', false],
]
for (const [pod, annotations, dropped] of ofServices) {
  withHelm(`scrape.pods all: the job for Services ${dropped ? 'drops' : 'keeps'} a pod ${pod}`, () => {
    const rules = job(configOf({ scrape: { pods: 'all' } }), 'kubernetes-service-endpoints').relabel_configs ?? []
    const rule = rules.find(({ source_labels: [first] = [] }) => first === '__meta_kubernetes_pod_name')
    assert.is(rule?.action, 'drop')
    assert.is(new RegExp(`^(?:${rule?.regex})$`).test(annotations), dropped)
  })
}

const targetDown = (values: object) => {
  const text = renderedFiles(values, 'prometheus-rules')['platform.rules.yaml'] ?? ''
  const { groups } = parse(text) as { groups: { rules: { alert?: string; expr: string }[] }[] }
  return groups.flatMap(({ rules }) => rules).find(({ alert }) => alert === 'TargetDown')?.expr
}

withHelm('scrape.pods all: TargetDown excludes kubernetes-pods', () => {
  assert.is(targetDown({}), 'up == 0')
  assert.is(targetDown({ scrape: { pods: 'all' } }), 'up{job!="kubernetes-pods"} == 0')
})

const email = { enabled: true, to: 'a@example.org', from: 'b@example.org', smarthost: 'mail.example.org:587' }
const receiverCases: readonly [name: string, receivers: object, config: string][] = [
  ['none', {}, ''],
  ['a webhook', { webhook: { enabled: true } }, 'webhook_configs'],
  ['Slack', { slack: { enabled: true, channel: '#ops' } }, 'slack_configs'],
  ['Slack with its default channel', { slack: { enabled: true } }, 'slack_configs'],
  ['email', { email }, 'email_configs'],
  ['email with a login', { email: { ...email, username: 'me', requireTls: false } }, 'email_configs'],
  ['all of them', { webhook: { enabled: true }, slack: { enabled: true, channel: '#ops' }, email }, 'email_configs'],
]

for (const [name, given, config] of receiverCases) {
  withHelm(`receivers of Alertmanager are valid: ${name}`, () =>
    inFolder(async (folder) => {
      const text = renderedFiles({ alertmanager: { receivers: given } }, 'prometheus-alertmanager')['alertmanager.yml']
      const { receivers: rendered } = parse(text ?? '') as { receivers: Record<string, unknown>[] }
      const receiver = rendered.find((each) => each.name === 'default') ?? {}
      assert.ok(config ? Array.isArray(receiver[config]) : Object.keys(receiver).length === 1, JSON.stringify(receiver))
      writeFileSync(join(folder, 'alertmanager.yml'), (text ?? '').replaceAll(receivers, join(folder, receivers)))
      const { exitCode, stdout, stderr } = await amtool(['check-config', 'alertmanager.yml'], folder)
      assert.is(exitCode, 0, `${stdout}${stderr}`)
    }),
  )
}

test.run()
