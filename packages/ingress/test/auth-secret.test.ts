import { compare } from 'bcryptjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { authSecret } from '../src/auth-secret.ts'

const test = suite('the dashboard login')
const admin = { username: 'admin', password: 'of-somebody' }

async function users(keys: Record<string, string>, stored: Record<string, string> = {}): Promise<string> {
  return (await authSecret.derive?.(keys, stored))?.users ?? ''
}
const hashOf = (line: string) => line.trim().split(':')[1] ?? ''

test('derives the htpasswd line: the user, and a hash of the password', async () => {
  const line = await users(admin)
  assert.match(line, /^admin:\$2[aby]\$10\$\S{53}\n$/)
  assert.ok(await compare(admin.password, hashOf(line)))
})

test('keeps a stored line that still matches: a new salt would be a change', async () => {
  const line = await users(admin)
  assert.is(await users(admin, { ...admin, users: line }), line)
})

const stale: [string, (line: string) => string, Record<string, string>][] = [
  ['another password', (line) => line, { ...admin, password: 'another' }],
  ['another user', (line) => line, { ...admin, username: 'somebody' }],
  ['an emptied line', () => '', admin],
  ['a second user, added by hand', (line) => `${line}guest:${hashOf(line)}\n`, admin],
  ['a malformed line', () => 'admin:plain', admin],
]
for (const [what, edit, wanted] of stale) {
  test(`${what} makes a new line`, async () => {
    const stored = edit(await users(admin))
    const line = await users(wanted, { ...admin, users: stored })
    assert.is.not(line, stored)
    assert.ok(line.startsWith(`${wanted.username}:`))
    assert.ok(await compare(wanted.password ?? '', hashOf(line)))
  })
}

const refused: [string, Record<string, string>, RegExp][] = [
  ['a user with a colon', { ...admin, username: 'a:b' }, /DASHBOARD_USER/],
  ['a user name with a line break', { ...admin, username: 'a\nb' }, /DASHBOARD_USER/],
  ['an empty user name', { ...admin, username: '' }, /DASHBOARD_USER/],
  ['a password that bcrypt would truncate', { ...admin, password: 'é'.repeat(37) }, /DASHBOARD_PASSWORD.*72/],
]
for (const [what, keys, expected] of refused) {
  test(`${what} is refused, with exit code 2`, async () => {
    const error = await users(keys).then(
      () => undefined,
      (reason: { message: string; exitCode: number }) => reason,
    )
    assert.match(error?.message ?? 'nothing', expected)
    assert.is(error?.exitCode, 2)
  })
}

test.run()
