import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Alert, alertsOf, judgeAlerts } from '../src/checks/alerts.ts'

const test = suite('alert checks')

const alert = (alertname: string, state = 'firing', labels: Alert['labels'] = {}): Alert => ({
  ...{ labels: { alertname, ...labels }, state, annotations: { summary: `summary of ${alertname}` } },
})
const watchdog = alert('Watchdog')

const rows: [name: string, alerts: Alert[], silenced: Alert[], message: RegExp, passes: boolean][] = [
  ['only Watchdog fires', [watchdog], [], /^only Watchdog fires$/, true],
  ['nothing fires', [], [], /Watchdog does not fire/, false],
  ['Watchdog is pending', [alert('Watchdog', 'pending')], [], /Watchdog does not fire/, false],
  ['another alert fires', [watchdog, alert('TargetDown')], [], /^TargetDown: summary of TargetDown$/, false],
  ['another alert is pending', [watchdog, alert('TargetDown', 'pending')], [], /; pending: TargetDown/, true],
  [
    'test alerts of a running check',
    [watchdog, alert('Watchdog', 'firing', { verify: 'a' }), alert('SyntheticAlert', 'firing', { verify: 'a' })],
    [],
    /^only Watchdog fires$/,
    true,
  ],
  ['a SyntheticAlert without a check', [watchdog, alert('SyntheticAlert')], [], /^SyntheticAlert/, false],
  [
    'a silenced alert',
    [watchdog, alert('TargetDown', 'firing', { job: 'a' })],
    [alert('TargetDown', 'suppressed', { job: 'a' })],
    /; silenced: TargetDown/,
    true,
  ],
  [
    'an alert with other labels than the silenced one',
    [watchdog, alert('TargetDown', 'firing', { job: 'b' })],
    [alert('TargetDown', 'suppressed', { job: 'a' })],
    /^TargetDown: /,
    false,
  ],
]
for (const [name, alerts, silenced, expected, passes] of rows) {
  test(`alerts-quiet ${passes ? 'passes' : 'fails'}: ${name}`, () => {
    if (passes) return assert.match(judgeAlerts(alerts, silenced), expected)
    assert.throws(
      () => judgeAlerts(alerts, silenced),
      ({ message }: Error) => expected.test(message),
    )
  })
}

const notification = (...alerts: object[]) => JSON.stringify({ version: '4', alerts })
const sent = (alertname: string, verify: string, status = 'firing') => ({ status, labels: { alertname, verify } })

test('only firing alerts of this run count in the log of a receiver', () => {
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
