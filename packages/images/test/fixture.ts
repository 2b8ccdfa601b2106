import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { environment, loadSettings, type PlatformEvent, type Runner, type Settings, systemRunner } from '@platform/core'
import { defineImage, type ImageDefinition } from '../src/definition.ts'

export interface Fixture {
  readonly dir: string
  readonly bin: string
  readonly said: PlatformEvent[]
  readonly options: {
    readonly settings: Settings
    readonly runner: Runner
    readonly emit: (event: PlatformEvent) => void
    readonly toolchain: { readonly bin: string }
    readonly probe: (host: string) => Promise<boolean>
  }
}

/** A cache and a toolchain of one tiny program in a folder of their own; registries answer only if `reachable`. */
export function fixture({
  reachable = false,
  ...env
}: { reachable?: boolean } & Record<string, unknown> = {}): Fixture {
  const dir = mkdtempSync(join(tmpdir(), 'images-'))
  const bin = join(dir, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'program'), 'a program')
  const said: PlatformEvent[] = []
  const texts = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, String(value)]))
  const settings = loadSettings({ env: { HOME: dir, CACHE_DIR: join(dir, 'cache'), ...texts }, root: dir })
  const emit = (event: PlatformEvent) => said.push(event)
  return {
    dir,
    bin,
    said,
    options: { settings, runner: systemRunner, emit, toolchain: { bin }, probe: async () => reachable },
  }
}

/** The settings of this machine's person, with a cache of the test's own. */
export function realSettings(cache: string, env: Record<string, string> = {}): Settings {
  return loadSettings({ env: { ...environment(), CACHE_DIR: cache, ...env }, root: cache })
}

const recipe = {
  sources: [
    {
      kind: 'toolchain' as const,
      binary: 'program',
      path: '/usr/bin/program',
      files: [
        { path: '/program', link: 'usr/bin/program' },
        { path: '/etc/motd', text: 'hello\n' },
        { path: '/data', folder: true as const, mode: 0o750, owner: 999 },
        { path: '/tmp', folder: true as const, mode: 0o1777 },
      ],
    },
  ],
}

export const small: ImageDefinition = defineImage({
  name: 'small',
  upstream: 'docker.io/library/small:1.0',
  config: { entrypoint: ['/program'], user: '999', ports: ['80', '53/udp'] },
  rebuilt: recipe,
})

export const standing: ImageDefinition = defineImage({
  name: 'standing',
  upstream: 'registry.example/standing:2',
  config: { entrypoint: ['/program'] },
  standIn: { ...recipe, says: 'a program', config: { entrypoint: ['/program', '-s'] } },
})

export interface FakeContainerd {
  readonly runner: Runner
  readonly commands: string[]
  /** Digest by reference. */
  readonly images: Map<string, string>
  readonly pinned: Set<string>
}

/** Answers `ctr` as containerd would, everything else for real. `pulls`: what pulling gives, by reference. */
export function fakeContainerd({
  pulls = {},
  imports = {},
  had,
}: {
  pulls?: Record<string, string>
  imports?: Record<string, [string, string]>
  /** What another one had is in this one too. */
  had?: FakeContainerd
} = {}): FakeContainerd {
  const images = new Map<string, string>(had?.images)
  const pinned = new Set<string>(had?.pinned)
  const commands: string[] = []
  const answer = (stdout = '', exitCode = 0, stderr = '') => ({ stdout, stderr, exitCode })
  const ctr = (words: readonly string[]) => {
    const [verb = '', ...rest] = words
    if (verb !== 'ls') commands.push([verb, ...rest.filter((word) => !word.startsWith('/'))].join(' '))
    const last = rest.at(-1) ?? ''
    if (verb === 'ls') {
      const labels = (reference: string) => (pinned.has(reference) ? 'io.cri-containerd.pinned=pinned' : '-')
      const rows = [...images].map(([name, digest]) => `${name} type ${digest} 1 MiB linux/amd64 ${labels(name)}`)
      return answer(['REF TYPE DIGEST SIZE PLATFORMS LABELS', ...rows].join('\n'))
    }
    if (verb === 'pull') {
      const digest = pulls[last]
      if (!digest) return answer('', 1, 'not found')
      images.set(last, digest)
      pinned.delete(last)
    }
    if (verb === 'tag') images.set(last, images.get(rest.at(-2) ?? '') ?? '')
    if (verb === 'import') {
      const imported = imports[last]
      if (imported) {
        images.set(...imported)
        pinned.add(imported[0])
      }
    }
    return answer()
  }
  const isCtr = (command: readonly string[]) => command[0] === 'ctr'
  return {
    images,
    pinned,
    commands,
    runner: {
      run: async (command, options) => (isCtr(command) ? ctr(command.slice(6)) : systemRunner.run(command, options)),
      probe: async (command, options) =>
        isCtr(command) ? ctr(command.slice(6)) : systemRunner.probe(command, options),
    },
  }
}
