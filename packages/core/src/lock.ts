import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { PlatformError } from './errors.ts'
import { isAlive, processStart } from './process-identity.ts'

/** Who holds a lock: the content of its file. */
export interface LockHolder {
  readonly pid: number
  /** The process's start; tells it from a later process with the same pid. */
  readonly start?: string
  /** What it runs, as a user would type it. */
  readonly command: string
  /** ISO 8601. */
  readonly since: string
  /** Unique to this one acquisition. */
  readonly id: string
}

export interface LockOptions {
  /** What is being run, for whoever finds the lock taken: `pnpm up all`. */
  readonly command: string
  /** How long to wait for a lock that is held. Default 0: fail at once. */
  readonly waitMs?: number
  /** Told once who holds it, when there is someone to wait for. */
  readonly onWait?: (holder: LockHolder) => void
  /** Ends the waiting; what it was aborted for is thrown. */
  readonly signal?: AbortSignal
}

/**
 * Runs `work` alone: no other process of this machine is inside `withLock` for the same file meanwhile. A lock whose
 * holder is dead is taken over.
 *
 * @param file the lock file; its folder is made
 * @throws PlatformError LOCKED that names who holds it, their pid and since when
 */
export async function withLock<T>(file: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(file), { recursive: true })
  const mine = newHolder(options.command)
  const deadline = Date.now() + (options.waitMs ?? 0)
  let told = false
  for (;;) {
    const other = await tryLock(file, mine)
    if (!other) break
    if (Date.now() >= deadline) throw locked(file, other)
    if (!told) options.onWait?.(other)
    told = true
    await sleep(200)
    options.signal?.throwIfAborted()
  }
  try {
    return await work()
  } finally {
    release(file, mine)
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

/** Takes the lock, or tells who alive holds it. */
async function tryLock(file: string, mine: LockHolder): Promise<LockHolder | undefined> {
  for (;;) {
    if (create(file, mine)) return undefined
    const text = read(file)
    if (text === undefined) continue
    const holder = parseHolder(text)
    if (holder && isAlive(holder.pid, holder.start)) return holder
    await takeOver(file, text, mine)
    if (parseHolder(read(file) ?? '')?.id === mine.id) return undefined
  }
}

/**
 * Replaces a dead holder. Two processes may find it dead at the same time; the second must not replace the first, so a
 * lock of its own guards the replacing (which takes over dead holders in the same way).
 */
async function takeOver(file: string, dead: string, mine: LockHolder): Promise<void> {
  const guard = `${file}.takeover`
  const guardian = newHolder(mine.command)
  while (await tryLock(guard, guardian)) await sleep(5)
  try {
    if (read(file) !== dead) return
    const full = `${file}.${guardian.id}`
    writeFileSync(full, JSON.stringify(mine))
    renameSync(full, file)
  } finally {
    release(guard, guardian)
  }
}

/** Makes the lock file with all of its content at once; false when there is one. */
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

function release(file: string, mine: LockHolder): void {
  if (parseHolder(read(file) ?? '')?.id === mine.id) unlinkSync(file)
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Nobody, when the file is not one of ours: a whole one appears at once, so that is no half-written one. */
function parseHolder(text: string): LockHolder | undefined {
  try {
    const holder = JSON.parse(text) as Partial<LockHolder>
    return typeof holder?.pid === 'number' && typeof holder.id === 'string' ? (holder as LockHolder) : undefined
  } catch {
    return undefined
  }
}

function locked(file: string, { pid, command, since }: LockHolder): PlatformError {
  return new PlatformError('LOCKED', `\`${command}\` (pid ${pid}) holds ${file} since ${since}`, {
    hint: `wait until it has ended, or end it: kill -TERM ${pid}`,
  })
}
