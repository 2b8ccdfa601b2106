import type { HttpRequest } from '@platform/engine'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { change } from '../src/change-password.ts'

/** A Grafana with one password that takes another of four characters or more. */
function fakeGrafana(password: string, broken = false) {
  const state = { password, asked: [] as string[] }
  const answer = (status: number, message = '') => ({ status, headers: {}, body: JSON.stringify({ message }) })
  const request = async (path: string, { method = 'GET', login, body = '' }: HttpRequest = {}) => {
    state.asked.push(`${method} ${path}`)
    if (broken) return answer(503, 'no database')
    if (login?.password !== state.password) return answer(401, 'Invalid username or password')
    if (method === 'GET') return answer(200)
    const { newPassword } = JSON.parse(body) as { newPassword: string }
    if (newPassword.length < 4) return answer(400, 'New password is too short')
    state.password = newPassword
    return answer(200)
  }
  return { state, request }
}

const rows: Readonly<
  Record<string, { has: string; before: string; after: string; broken?: boolean; keeps: string; fails?: RegExp }>
> = {
  'the new password is given to Grafana': { has: 'old one', before: 'old one', after: 'new one', keeps: 'new one' },
  'a change that a killed run began is taken as done': {
    has: 'new one',
    before: 'old one',
    after: 'new one',
    keeps: 'new one',
  },
  'a password that was edited in the Secret is refused after one try': {
    has: 'old one',
    before: 'edited one',
    after: 'edited one',
    keeps: 'old one',
    fails: /does not open with the password in the Secret/,
  },
  'a Secret that was edited elsewhere leaves the password': {
    has: 'old one',
    before: 'old one',
    after: 'old one',
    keeps: 'old one',
  },
  'a password that was changed by hand is not guessed': {
    has: 'other',
    before: 'old one',
    after: 'new one',
    keeps: 'other',
    fails: /opens neither/,
  },
  'what Grafana refuses is said in its words': {
    has: 'old one',
    before: 'old one',
    after: 'abc',
    keeps: 'old one',
    fails: /too short; it keeps/,
  },
  'a Grafana that is not well changes nothing': {
    has: 'old one',
    before: 'old one',
    after: 'new one',
    broken: true,
    keeps: 'old one',
    fails: /503 no database/,
  },
}

for (const [name, { has, before, after, broken, keeps, fails }] of Object.entries(rows)) {
  test(name, async () => {
    const { state, request } = fakeGrafana(has, broken)
    const said = await change(request, { user: 'admin', before, after }).then(
      () => '',
      (error: Error) => error.message,
    )
    if (fails) assert.match(said, fails)
    else assert.is(said, '')
    assert.is(state.password, keeps)
    if (before === after) assert.is(state.asked.length, 1)
    for (const secret of [has, before, after]) assert.not.ok(said.includes(secret), said)
  })
}

test.run()
