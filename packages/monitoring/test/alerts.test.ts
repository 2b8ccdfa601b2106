import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Alert, alertsOf, judgeAlerts } from '../src/checks/alerts.ts'

const test = suite('the proof of alerts')

const alert = (alertname: string, state = 'firing', labels: Alert['labels'] = {}): Alert => ({
  ...{ labels: { alertname, ...labels }, state, annotations: { summary: `${alertname} it is` } },
})
const watchdog = alert('Watchdog')

const rows: [what: string, alerts: Alert[], silenced: Alert[], said: RegExp, quiet: boolean][] = [
  ['Watchdog alone', [watchdog], [], /^Watchdog alone fires$/, true],
  ['not even Watchdog', [], [], /Watchdog does not fire/, false],
  ['Watchdog is pending', [alert('Watchdog', 'pending')], [], /Watchdog does not fire/, false],
  ['another one', [watchdog, alert('TargetDown')], [], /^TargetDown: TargetDown it is$/, false],
  ['another one is pending', [watchdog, alert('TargetDown', 'pending')], [], /; pending: TargetDown/, true],
  [
    'those of a check that runs',
    [watchdog, alert('Watchdog', 'firing', { verify: 'a' }), alert('SyntheticAlert', 'firing', { verify: 'a' })],
    [],
    /^Watchdog alone fires$/,
    true,
  ],
  ['a synthetic one that no check made', [watchdog, alert('SyntheticAlert')], [], /^SyntheticAlert/, false],
  [
    'one that somebody has silenced',
    [watchdog, alert('TargetDown', 'firing', { job: 'a' })],
    [alert('TargetDown', 'suppressed', { job: 'a' })],
    /; silenced: TargetDown/,
    true,
  ],
  [
    'one like another that somebody has silenced',
    [watchdog, alert('TargetDown', 'firing', { job: 'b' })],
    [alert('TargetDown', 'suppressed', { job: 'a' })],
    /^TargetDown: /,
    false,
  ],
]
for (const [what, alerts, silenced, said, quiet] of rows) {
  test(`${what}: ${quiet ? 'quiet' : 'not quiet'}`, () => {
    if (quiet) return assert.match(judgeAlerts(alerts, silenced), said)
    assert.throws(
      () => judgeAlerts(alerts, silenced),
      ({ message }: Error) => said.test(message),
    )
  })
}

const notification = (...alerts: object[]) => JSON.stringify({ version: '4', alerts })
const sent = (alertname: string, verify: string, status = 'firing') => ({ status, labels: { alertname, verify } })

test('of what a receiver has written down, the firing alerts of this run count', () => {
  const text = [
    notification(sent('Watchdog', 'a')),
    notification(sent('SyntheticAlert', 'b')),
    notification(sent('SyntheticAlert', 'a', 'resolved'), sent('Other', 'a')),
    '',
  ].join('\n')
  assert.equal(alertsOf(text, 'a'), ['Watchdog', 'Other'])
  assert.equal(alertsOf('', 'a'), [])
})

test.run()
