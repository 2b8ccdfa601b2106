import { loadSettings, PlatformError } from '@platform/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { component } from '../src/component.ts'

const test = suite('monitoring component')
const nowhere = new URL('.', import.meta.url).pathname

// biome-ignore lint/suspicious/noExplicitAny: values are read by their paths
async function values(env: Record<string, string>): Promise<any> {
  const settings = loadSettings({ env, root: nowhere })
  return component.values?.({ settings, root: nowhere })
}

test('hosts come from the settings; the embedded target adds local ones', async () => {
  const embedded = await values({ PROMETHEUS_HOST: 'prometheus.example.org' })
  assert.equal(embedded.server.ingress.hosts, ['prometheus.example.org', 'prometheus.localhost'])
  assert.equal(embedded.alertmanager.ingress.hosts, ['alertmanager.monitoring.com', 'alertmanager.localhost'])
  const context = await values({ TARGET: 'context', KUBE_CONTEXT: 'x', CLUSTER_UID: 'y' })
  assert.equal(context.server.ingress.hosts, ['prometheus.monitoring.com'])
})

test('pages require a password unless DASHBOARD_AUTH is 0', async () => {
  assert.is((await values({})).server.ingress.auth, true)
  assert.is((await values({ DASHBOARD_AUTH: '0' })).alertmanager.ingress.auth, false)
})

const mail = { ALERT_EMAIL_TO: 'a@example.org', ALERT_EMAIL_FROM: 'b@example.org', ALERT_EMAIL_SMARTHOST: 'mail:587' }

const receivers: [name: string, env: Record<string, string>, enabled: string[]][] = [
  ['none', {}, []],
  ['a webhook', { ALERT_WEBHOOK_URL: 'http://hook.example.org/secret' }, ['webhook']],
  ['Slack', { ALERT_SLACK_URL: 'https://slack.example.org/secret', ALERT_SLACK_CHANNEL: '#ops' }, ['slack']],
  ['email', mail, ['email']],
  ['two', { ...mail, ALERT_WEBHOOK_URL: 'http://hook.example.org/secret' }, ['webhook', 'email']],
]

for (const [name, env, enabled] of receivers) {
  test(`receivers: ${name}`, async () => {
    const all = (await values(env)).alertmanager.receivers
    assert.equal(
      Object.keys(all).filter((key) => all[key].enabled),
      enabled,
    )
    assert.not.match(JSON.stringify(all), /secret/, 'a secret URL is in the values')
  })
}

const incomplete: [name: string, env: Record<string, string>][] = [
  ['an address but no server', { ALERT_EMAIL_TO: 'a@example.org' }],
  ['a user without a password', { ...mail, ALERT_EMAIL_USERNAME: 'me' }],
]

for (const [name, env] of incomplete) {
  test(`incomplete email settings are an error: ${name}`, async () => {
    const error = await values(env).catch((thrown: unknown) => thrown)
    assert.instance(error, PlatformError)
    assert.is((error as PlatformError).exitCode, 2)
    assert.match((error as PlatformError).message, /ALERT_EMAIL_/)
  })
}

test.run()
