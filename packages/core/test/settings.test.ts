import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  allSettingNames,
  discoverSettings,
  type Environment,
  loadSettings,
  type PlatformError,
  repositoryRoot,
} from '../src/index.ts'

const settings = suite('settings')
const root = mkdtempSync(join(tmpdir(), 'platform-settings-'))
settings.before.each(() => writeFileSync(join(root, '.env'), ''))
settings.after(() => rmSync(root, { recursive: true }))

const load = (env: Environment = {}, file = '') => {
  writeFileSync(join(root, '.env'), file)
  return loadSettings({ env: { HOME: '/home/me', ...env }, root })
}

settings('defaults: the embedded target, state in the checkout, cache in the home folder', () => {
  const { TARGET, CLUSTER_NAME, VALUES, REQUIRE_UPSTREAM, clusterDir, cacheDir, INGRESS_PORT } = load()
  assert.equal([TARGET, CLUSTER_NAME, VALUES, REQUIRE_UPSTREAM], ['embedded', 'platform', ['default'], false])
  assert.is(clusterDir, join(root, '.cluster/platform'))
  assert.is(cacheDir, '/home/me/.cache/observable-platform')
  assert.is(INGRESS_PORT, undefined)
})

for (const [title, env, file, key, value] of [
  ['the file sets a value', {}, 'INGRESS_PORT=81', 'INGRESS_PORT', 81],
  ['the environment overrides the file', { INGRESS_PORT: '82' }, 'INGRESS_PORT=81', 'INGRESS_PORT', 82],
  ['empty means not set', { TARGET: '' }, 'CLUSTER_NAME=', 'TARGET', 'embedded'],
  ['a list is split at commas', { VALUES: 'default, ha,' }, '', 'VALUES', ['default', 'ha']],
  ['a flag', {}, 'REQUIRE_UPSTREAM=1', 'REQUIRE_UPSTREAM', true],
  ['a relative folder is resolved from the root', { STATE_DIR: 'state' }, '', 'stateDir', join(root, 'state')],
  ['an absolute folder is unchanged', { CACHE_DIR: '/var/cache/x' }, '', 'cacheDir', '/var/cache/x'],
  ['the cache uses XDG_CACHE_HOME', { XDG_CACHE_HOME: '/xdg' }, '', 'cacheDir', '/xdg/observable-platform'],
] as const) {
  settings(title, () => {
    assert.equal((load(env, file) as unknown as Record<string, unknown>)[key], value)
  })
}

for (const [name, wrong] of [
  ['TARGET', 'moon'],
  ['CLUSTER_NAME', 'Bad_Name'],
  ['CLUSTER_NAME', 'a'.repeat(31)],
  ['NODE_SUBNET', '10.0.0.0/16'],
  ['POD_SUBNET', '10.300.0.0/16'],
  ['SERVICE_SUBNET', '10.96.5.7/16'],
  ['LISTEN_ADDRESS', 'localhost'],
  ['INGRESS_PORT', '0'],
  ['INGRESS_PORT', '65536'],
  ['INGRESS_PORT', '80x'],
  ['REQUIRE_UPSTREAM', 'yes'],
  ['DEBIAN_MIRROR', 'somewhere'],
]) {
  settings(`${name}=${wrong} is refused with its name`, () => {
    assert.throws(
      () => load({ [name as string]: wrong }),
      (error: PlatformError) =>
        error.code === 'INVALID_SETTINGS' && error.exitCode === 2 && error.message.includes(`${name}=${wrong}`),
    )
  })
}

for (const [value, shown] of [
  ['https://me:secret@mirror.example/debian', 'https://mirror.example/debian'],
  ['https://token-secret@mirror.example/debian', 'https://mirror.example/debian'],
  ['me:secret@mirror.example/debian', 'mirror.example/debian'],
] as const) {
  settings(`DEBIAN_MIRROR=${value} is refused, and its password is redacted`, () => {
    assert.throws(
      () => load({ DEBIAN_MIRROR: value }),
      ({ code, message }: PlatformError) =>
        code === 'INVALID_SETTINGS' && message.includes(`DEBIAN_MIRROR=${shown} (`) && !message.includes('secret'),
    )
  })
}
for (const value of ['me:secret@mirror.example/x', 'https://me:sec/ret@mirror.example/x']) {
  settings(`IMAGE_REGISTRY=${value} is refused, and its password is redacted`, () => {
    assert.throws(
      () => load({ IMAGE_REGISTRY: value }),
      ({ message }: PlatformError) => message.includes('IMAGE_REGISTRY=mirror.example/x (') && !/sec/.test(message),
    )
  })
}
for (const value of ['http://mirror.example/debian', 'https://mirror.example:8443/debian/', 'file:/srv/debian']) {
  settings(`DEBIAN_MIRROR=${value} is accepted`, () => assert.is(load({ DEBIAN_MIRROR: value }).DEBIAN_MIRROR, value))
}

settings('all problems are reported at once, each with its source', () => {
  try {
    load({ TARGET: 'moon' }, 'INGRESS_PORT=x\nTARGTE=embedded')
    assert.unreachable()
  } catch (error) {
    const { message } = error as PlatformError
    assert.match(message, /3 settings are wrong/)
    assert.match(message, /TARGET=moon \(the environment\)/)
    assert.match(message, new RegExp(`INGRESS_PORT=x \\(${join(root, '.env')}\\)`))
    assert.match(message, /TARGTE \(.*\): no such setting/)
  }
})

settings('the error for a subnet with host bits has the right value', () => {
  assert.throws(() => load({ SERVICE_SUBNET: '10.96.5.7/16' }), /expected the network's address: 10\.96\.0\.0\/16/)
  assert.throws(() => load({ NODE_SUBNET: '10.200.5.7/24' }), /expected the network's address: 10\.200\.5\.0\/24/)
})

settings('a missing ENV_FILE is refused', () => {
  assert.throws(
    () => load({ ENV_FILE: 'other.env' }),
    (error: PlatformError) => error.code === 'ENV_FILE_NOT_FOUND',
  )
})

settings('.env.example documents exactly the settings, with their defaults', () => {
  const text = readFileSync(join(repositoryRoot, '.env.example'), 'utf8')
  const documented = [...text.matchAll(/^#([A-Z_]+)=/gm)].map(([, name]) => name)
  assert.equal([...documented].sort(), allSettingNames().sort())
  const uncommented = text.replaceAll(/^#(?=[A-Z_]+=)/gm, '')
  assert.equal({ ...load({}, uncommented), envFile: undefined }, { ...load(), envFile: undefined })
})

/** Creates a checkout with these packages and their settings. */
const checkout = (packages: Record<string, object>) => {
  const folder = mkdtempSync(join(root, 'checkout-'))
  for (const [name, declared] of Object.entries(packages)) {
    mkdirSync(join(folder, 'packages', name), { recursive: true })
    writeFileSync(join(folder, 'packages', name, 'package.json'), JSON.stringify({ platform: { settings: declared } }))
  }
  return folder
}
const shop = checkout({
  shop: {
    SHOP_HOST: { type: 'host', default: 'shop.example.com' },
    SHOP_PASSWORD: { type: 'secret' },
    SHOP_OPEN: { type: 'flag', default: '1' },
    SHOP_URL: { type: 'url' },
    SHOP_TEXT: { type: 'text' },
  },
  other: {},
})
const loadShop = (env: Environment, file = '') => {
  writeFileSync(join(root, '.env'), file)
  return loadSettings({ env: { HOME: '/home/me', ...env }, root, workspace: shop }).components
}

for (const [title, env, file, expected] of [
  ['defaults are filled in', {}, '', { SHOP_HOST: 'shop.example.com', SHOP_OPEN: '1', SHOP_TEXT: undefined }],
  ['the file sets a value', {}, 'SHOP_HOST=b.example', { SHOP_HOST: 'b.example' }],
  ['the environment overrides the file', { SHOP_OPEN: '0' }, 'SHOP_OPEN=1', { SHOP_OPEN: '0' }],
  ['empty means not set', { SHOP_HOST: '' }, 'SHOP_OPEN=', { SHOP_HOST: 'shop.example.com', SHOP_OPEN: '1' }],
] as const) {
  settings(`package setting: ${title}`, () => {
    const components = loadShop(env, file)
    for (const [name, value] of Object.entries(expected)) assert.is(components[name], value, name)
  })
}

for (const [name, value, expected] of [
  ['SHOP_HOST', 'https://x', /SHOP_HOST=https:\/\/x .*host name/],
  ['SHOP_HOST', 'Upper.case', /host name/],
  ['SHOP_OPEN', 'yes', /SHOP_OPEN=yes \(the environment\): expected 0 or 1/],
  ['SHOP_URL', 'ftp://u:secret@x', /SHOP_URL=.*expected a URL/],
  ['SHOP_URL', 'https://me:secret@x/y', /SHOP_URL=https:\/\/x\/y \(the environment\): expected a URL without user/],
  ['SHOP_PASSWORD', 'secret\n', /SHOP_PASSWORD \(the environment\): expected a text without control/],
] as const) {
  settings(`package setting: ${name}=${JSON.stringify(value)} is refused, and secrets are redacted`, () => {
    assert.throws(
      () => loadShop({ [name]: value }),
      ({ code, message }: PlatformError) =>
        code === 'INVALID_SETTINGS' && expected.test(message) && !/secret/.test(message),
    )
  })
}

settings('package setting: an unknown name is refused, and its value is not shown', () => {
  assert.throws(
    () => loadShop({}, 'SHOP_PASWORD=secret'),
    ({ message }: PlatformError) => /SHOP_PASWORD \(.*\): no such setting/.test(message) && !/secret/.test(message),
  )
})

for (const [title, packages, expected] of [
  ['two packages with one name', { a: { X: { type: 'text' } }, b: { X: { type: 'text' } } }, /packages\/b.*too/],
  ['a name of the platform', { a: { TARGET: { type: 'text' } } }, /platform itself/],
  ['an unknown type', { a: { X: { type: 'number' } } }, /type number, expected text/],
  ['a default that is wrong', { a: { X: { type: 'flag', default: 'on' } } }, /default: expected 0 or 1/],
  ['a secret with a default', { a: { X: { type: 'secret', default: 'changeme' } } }, /no default/],
] as const) {
  settings(`${title} is a bug of the package`, () => {
    assert.throws(() => discoverSettings(checkout(packages), ['TARGET']), expected)
  })
}

settings.run()
