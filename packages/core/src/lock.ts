import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { PlatformError } from './errors.ts'
import { isAlive, processStart } from './process-identity.ts'

/** Who holds a lock: the content of its file. */
export interface LockHolder {
  readonly pid: number
  /** The process's start time; a later process with the same pid has another. */
  readonly start?: string
  /** The command, as a user would type it. */
  readonly command: string
  /** ISO 8601. */
  readonly since: string
  /** Unique to this acquisition. */
  readonly id: string
}

export interface LockOptions {
  /** The command that holds the lock, shown to other processes: `pnpm up all`. */
  readonly command: string
  /** How long to wait for the lock. Default 0: fail immediately. */
  readonly waitMs?: number
  /** Called once with the holder when there is one to wait for. */
  readonly onWait?: (holder: LockHolder) => void
  /** Ends the wait and throws the abort reason. */
  readonly signal?: AbortSignal
}

/**
 * Runs `work` under a lock that excludes other processes of this machine. A lock whose holder is dead is taken over.
 *
 * @param file the lock file; its folder is created
 * @throws PlatformError LOCKED with the holder's command, pid and start
 */
export async function withLock<T>(file: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(file), { recursive: true })
  const self = newHolder(options.command)
  const deadline = Date.now() + (options.waitMs ?? 0)
  let notified = false
  for (;;) {
    const other = await tryLock(file, self)
    if (!other) break
    if (Date.now() >= deadline) throw locked(file, other)
    if (!notified) options.onWait?.(other)
    notified = true
    await sleep(200)
    options.signal?.throwIfAborted()
  }
  try {
    return await work()
  } finally {
    release(file, self)
  }
}

let acquisitions = 0

function newHolder(command: string): LockHolder {
  const start = processStart(process.pid)
  acquisitions += 1
  return {
    pid: process.pid,
    start,
    command,
    since: new Date().toISOString(),
    id: `${process.pid}.${start}.${acquisitions}`,
  }
}

/** Acquires the lock, or returns the live holder. */
async function tryLock(file: string, self: LockHolder): Promise<LockHolder | undefined> {
  for (;;) {
    if (create(file, self)) return undefined
    const text = read(file)
    if (text === undefined) continue
    const holder = parseHolder(text)
    if (holder && isAlive(holder.pid, holder.start)) return holder
    await takeOver(file, text, self)
    if (parseHolder(read(file) ?? '')?.id === self.id) return undefined
  }
}

/**
 * Replaces a dead holder. Two processes may find it dead at the same time, and the second must not replace the first.
 * Therefore a second lock guards the replacement; it takes over dead holders in the same way.
 */
async function takeOver(file: string, dead: string, self: LockHolder): Promise<void> {
  const guard = `${file}.takeover`
  const guardian = newHolder(self.command)
  while (await tryLock(guard, guardian)) await sleep(5)
  try {
    if (read(file) !== dead) return
    const full = `${file}.${guardian.id}`
    writeFileSync(full, JSON.stringify(self))
    renameSync(full, file)
  } finally {
    release(guard, guardian)
  }
}

/** Creates the lock file atomically with its content; false if it exists. */
function create(file: string, holder: LockHolder): boolean {
  const full = `${file}.${holder.id}`
  try {
    writeFileSync(full, JSON.stringify(holder))
    linkSync(full, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(full, { force: true })
  }
}

function release(file: string, self: LockHolder): void {
  if (parseHolder(read(file) ?? '')?.id === self.id) unlinkSync(file)
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Undefined if the file is not a lock file. It cannot be half-written, because lock files are created atomically. */
function parseHolder(text: string): LockHolder | undefined {
  try {
    const holder = JSON.parse(text) as Partial<LockHolder>
    return typeof holder?.pid === 'number' && typeof holder.id === 'string' ? (holder as LockHolder) : undefined
  } catch {
    return undefined
  }
}

function locked(file: string, { pid, command, since }: LockHolder): PlatformError {
  return new PlatformError('LOCKED', `\`${command}\` (pid ${pid}) has held ${file} since ${since}`, {
    hint: `wait until it ends, or stop it: kill -TERM ${pid}`,
  })
}
