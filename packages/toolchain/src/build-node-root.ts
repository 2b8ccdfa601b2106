import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Runner, Settings } from '@platform/core'
import { type UnpackedPackage, unpackDebian } from './debian/index.ts'
import { filesOf, settleFile } from './entry.ts'
import type { DebianUnit } from './units.ts'

/** What the node's programs do not need of the packages: character sets, terminals, what starts at boot. */
const UNUSED = [
  './usr/lib/x86_64-linux-gnu/gconv',
  './usr/share/perl5',
  './usr/share/terminfo',
  './usr/lib/systemd',
  './etc/init.d',
  './etc/rc?.d',
  './usr/games',
]

/** What base-files has no file for: nsswitch without a name service of its own. */
const NSSWITCH = `passwd: files
group: files
shadow: files
hosts: files dns
networks: files
protocols: files
services: files
`

/**
 * Unpacks the packages into `folder/files` and makes what installing them would have made: the scripts of packages do
 * not run.
 */
export async function buildNodeRoot(options: {
  readonly unit: DebianUnit
  readonly folder: string
  readonly settings: Settings
  readonly runner: Runner
  readonly progress: (share: number, message: string) => void
  readonly signal?: AbortSignal
}): Promise<readonly UnpackedPackage[]> {
  const { unit, folder, settings, runner, progress, signal } = options
  const root = filesOf(folder)
  mkdirSync(root, { recursive: true })
  const { packages } = await unpackDebian({
    suite: unit.suite,
    packages: unit.packages,
    into: root,
    settings,
    runner,
    emit: (event) => event.type === 'step.progress' && progress(0.5, event.message),
    exclude: UNUSED,
    signal,
  })
  configure(root)
  return packages
}

/** What base-passwd, base-files and ca-certificates make when they are installed. Not the machine's, the node's. */
function configure(root: string): void {
  const read = (path: string) => readFileSync(join(root, path), 'utf8')
  const accounts = read('usr/share/base-passwd/passwd.master').replaceAll(':*:', ':x:').replace('/bin/bash', '/bin/sh')
  write(root, 'etc/passwd', accounts)
  write(root, 'etc/group', read('usr/share/base-passwd/group.master').replaceAll(':*:', ':x:'))
  write(root, 'etc/nsswitch.conf', NSSWITCH)
  const authorities = 'usr/share/ca-certificates/mozilla'
  const certificates = readdirSync(join(root, authorities)).sort()
  write(root, 'etc/ssl/certs/ca-certificates.crt', certificates.map((name) => read(join(authorities, name))).join(''))
  link(root, 'etc/mtab', '../proc/self/mounts')
  link(root, 'var/run', '/run')
  link(root, 'var/lock', '/run/lock')
}

function write(root: string, path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text, { mode: 0o644 })
  settleFile(join(root, path))
}

function link(root: string, path: string, target: string): void {
  rmSync(join(root, path), { recursive: true, force: true })
  symlinkSync(target, join(root, path))
  settleFile(join(root, path))
}
