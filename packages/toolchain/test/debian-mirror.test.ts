import { PlatformError } from '@platform/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { aptConfig, aptPlaces, sourcesList } from '../src/debian/apt-config.ts'
import { findMirror, type MirrorSource } from '../src/debian/mirror.ts'

const test = suite('debian mirror')
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

const rows: {
  name: string
  source: Partial<MirrorSource>
  main?: string
  security?: string
  keyrings?: string[]
  code?: string
}[] = [
  {
    name: 'a one-line source',
    source: { lists: ['deb http://a.example/debian trixie main\n'] },
    main: 'http://a.example/debian',
    security: 'http://a.example/debian-security',
    keyrings: [KEYRING],
  },
  {
    name: 'one-line options, and the security archive where it really is',
    source: {
      lists: [
        'deb [arch=amd64 signed-by=/k/own.gpg] https://a.example/d/ bookworm main contrib # x\ndeb https://s.example/sec bookworm-security main',
      ],
      exists: (path) => path === '/k/own.gpg' || path === KEYRING,
    },
    main: 'https://a.example/d',
    security: 'https://s.example/sec',
    keyrings: ['/k/own.gpg', KEYRING],
  },
  {
    name: 'a deb822 source with several suites and a comment in it',
    source: {
      deb822: [
        `Types: deb\n# a comment\nURIs: http://b.example/debian\nSuites: trixie trixie-updates\nComponents: main\nSigned-By: ${KEYRING}\n\nTypes: deb\nURIs: http://b.example/debian-security\nSuites: trixie-security\nComponents: main\n`,
      ],
    },
    main: 'http://b.example/debian',
    security: 'http://b.example/debian-security',
    keyrings: [KEYRING],
  },
  {
    name: 'a deb822 source with its key inside: the usual keyring serves',
    source: {
      deb822: [
        'Types: deb\nURIs: http://b.example/debian\nSuites: sid\nComponents: main\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQIN/abc\n',
      ],
    },
    main: 'http://b.example/debian',
    keyrings: [KEYRING],
  },
  {
    name: 'disabled, source-only and foreign entries are passed over',
    source: {
      lists: [
        '#deb http://c.example/debian trixie main\ndeb-src http://c.example/debian trixie main\ndeb http://c.example/node nodistro main\ndeb cdrom:[x]/ trixie main\n',
      ],
      deb822: ['Enabled: no\nTypes: deb\nURIs: http://b.example/debian\nSuites: trixie\nComponents: main\n'],
    },
    code: 'DEBIAN_MIRROR_UNKNOWN',
  },
  {
    name: 'DEBIAN_MIRROR goes before what the machine has',
    source: {
      settings: { DEBIAN_MIRROR: 'http://own.example/debian/' },
      lists: ['deb http://a.example/debian trixie main'],
    },
    main: 'http://own.example/debian',
    security: 'http://own.example/debian-security',
  },
  {
    name: 'no keyring',
    source: { lists: ['deb http://a.example/debian trixie main'], exists: () => false },
    code: 'DEBIAN_KEYRING_MISSING',
  },
  {
    name: 'DEBIAN_KEYRING that is not there',
    source: { settings: { DEBIAN_MIRROR: 'http://own.example/debian', DEBIAN_KEYRING: '/nope' } },
    code: 'DEBIAN_KEYRING_MISSING',
  },
]

for (const { name, source, main, security, keyrings, code } of rows) {
  test(name, () => {
    const find = () =>
      findMirror({ settings: {}, lists: [], deb822: [], exists: (path) => path === KEYRING, ...source })
    if (code) {
      assert.throws(find, (error: unknown) => error instanceof PlatformError && error.code === code && !!error.hint)
      return
    }
    const mirror = find()
    assert.is(mirror.main, main)
    if (security) assert.is(mirror.security, security)
    if (keyrings) assert.equal(mirror.keyrings, keyrings)
  })
}

const mirror = { main: 'http://a.example/debian', security: 'http://a.example/debian-security', keyrings: ['/k.gpg'] }

test('stable has updates and security fixes, sid only itself, and nothing is trusted unsigned', () => {
  assert.equal(
    sourcesList('trixie', mirror)
      .trim()
      .split('\n')
      .map((line) => line.split(' ').slice(-2).join(' ')),
    ['trixie main', 'trixie-updates main', 'trixie-security main'],
  )
  assert.is(sourcesList('sid', mirror), 'deb [arch=amd64 signed-by=/k.gpg] http://a.example/debian sid main\n')
})

test("the machine's hooks are left out, its proxy is kept, and every folder is private", () => {
  const dump = [
    'APT::Update::Post-Invoke:: "rm -f /var/cache/apt/*.bin";',
    'Acquire::http::Proxy "http://proxy.example:3128";',
    'Acquire::http::Timeout "120";',
    'Dir::State "/var/lib/apt";',
    'Acquire::AllowInsecureRepositories "1";',
  ].join('\n')
  const config = aptConfig(aptPlaces('/c/debian', 'sid-1'), 'sid', dump)
  assert.match(config, 'Acquire::http::Proxy "http://proxy.example:3128";')
  assert.match(config, 'Acquire::Check-Valid-Until "false";')
  for (const absent of ['Post-Invoke', '/var/lib/apt', 'Insecure', '"120"']) assert.not.match(config, absent)
  assert.not.match(aptConfig(aptPlaces('/c/debian', 'trixie-1'), 'trixie', ''), 'Check-Valid-Until')
})

test.run()
