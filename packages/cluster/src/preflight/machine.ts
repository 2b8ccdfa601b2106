import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  statfsSync,
} from 'node:fs'
import { release } from 'node:os'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Runner, Settings } from '@platform/core'
import { findOnPath } from '../find-on-path.ts'

/** The machine as preflight sees it. Tests pass a fake. */
export interface Machine {
  readonly settings: Settings
  readonly runner: Runner
  readonly platform: string
  readonly architecture: string
  readonly uid: number
  readonly nodeVersion: string
  readonly kernel: string
  /** A file's text; undefined if it is unreadable. */
  read(path: string): string | undefined
  exists(path: string): boolean
  /** Opens a device for reading and writing. Throws the kernel's error. */
  open(path: string): void
  /** Free bytes on the file system of the path, which may not exist yet. */
  freeBytes(path: string): number
  /** The absolute path of a command. */
  find(command: string): string | undefined
  /** Inotify instances of this user in all processes, and their limit. */
  inotify(): { readonly used: number; readonly most: number }
  /** The kernel's build configuration (`CONFIG_VETH` → `y`, `m`), if readable. */
  kernelConfig(): ReadonlyMap<string, string> | undefined
  /** What a private set of namespaces was able to do, by name; see kernel-probe.ts. Asked once. */
  kernelProbe(): Promise<ReadonlyMap<string, string>>
}

/** This machine. */
export function thisMachine(
  settings: Settings,
  runner: Runner,
  probe: (machine: Machine) => Promise<ReadonlyMap<string, string>>,
): Machine {
  let probed: Promise<ReadonlyMap<string, string>> | undefined
  const machine: Machine = {
    settings,
    runner,
    platform: process.platform,
    architecture: process.arch,
    uid: process.getuid?.() ?? -1,
    nodeVersion: process.versions.node,
    kernel: release(),
    read: readText,
    exists: existsSync,
    open: (path) => {
      accessSync(path, constants.F_OK)
      closeSync(openSync(path, 'r+'))
    },
    freeBytes(path) {
      const { bavail, bsize } = statfsSync(existing(path))
      return bavail * bsize
    },
    find: (command) => findOnPath(command) ?? ['/usr/sbin', '/sbin'].map((f) => join(f, command)).find(existsSync),
    inotify: () => ({ used: countInotify(), most: Number(readText('/proc/sys/fs/inotify/max_user_instances') ?? 128) }),
    kernelConfig: () => readKernelConfig(release()),
    kernelProbe: () => {
      probed ??= probe(machine)
      return probed
    },
  }
  return machine
}

/** Instances are counted by user, over all namespaces: every open one is a file of some process. */
function countInotify(): number {
  let count = 0
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const folder = `/proc/${pid}/fd`
      for (const file of readdirSync(folder)) if (readlinkSync(join(folder, file)) === 'anon_inode:inotify') count += 1
    } catch {
      // It has ended, or a file of it was closed meanwhile.
    }
  }
  return count
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function existing(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : existing(dirname(path))
}

function readKernelConfig(kernel: string): ReadonlyMap<string, string> | undefined {
  const text =
    unzipped('/proc/config.gz') ?? readText(`/boot/config-${kernel}`) ?? readText(`/lib/modules/${kernel}/config`)
  return text === undefined ? undefined : parseKernelConfig(text)
}

/** Reads `CONFIG_VETH=y` lines; what is not set is not in it. */
export function parseKernelConfig(text: string): Map<string, string> {
  return new Map([...text.matchAll(/^(CONFIG_\w+)=(\w+)$/gm)].map((match) => [match[1] ?? '', match[2] ?? '']))
}

function unzipped(path: string): string | undefined {
  try {
    return gunzipSync(new Uint8Array(readFileSync(path))).toString()
  } catch {
    return undefined
  }
}

/** Runs `work` with a temporary folder inside `parent`, which is created if needed. Both are removed again. */
export async function withScratch<T>(parent: string, work: (folder: string) => Promise<T>): Promise<T> {
  const made = mkdirSync(parent, { recursive: true })
  const folder = mkdtempSync(join(parent, '.preflight-'))
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
    if (made) removeEmpty(parent, made)
  }
}

/** Removes folders from `folder` up to `top`, as long as they are empty: someone else may use them by now. */
function removeEmpty(folder: string, top: string): void {
  try {
    rmdirSync(folder)
  } catch {
    return
  }
  if (folder !== top) removeEmpty(dirname(folder), top)
}
