import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { isAlive, processStart } from '@platform/core'

/** Who works on a release: what stands in the annotation of its lease. */
export interface LeaseHolder {
  /** Unique to this one acquisition. */
  readonly id: string
  readonly host: string
  /** Which processes it sees: the boot and the pid namespace. Only there a pid can be looked up. */
  readonly processes: string
  readonly pid: number
  /** The process's start; tells it from a later one with the same pid. */
  readonly start?: string
  /** As a user would type it. */
  readonly command: string
  /** ISO 8601. */
  readonly since: string
}

/** What a lease says, read. */
export interface LeaseView {
  readonly holder: LeaseHolder | undefined
  readonly holderId: string | undefined
  /** Milliseconds since 1970 by the API server's clock. */
  readonly renewedAt: number
  readonly durationMs: number
}

/** The name of a release's lease, in its namespace. */
export function leaseName(release: string): string {
  return `observable-platform-${release}`
}

let acquisitions = 0

/** This process, about to take a lease. */
export function thisHolder(command: string, now = new Date()): LeaseHolder {
  acquisitions += 1
  return {
    id: `${hostname()}_${process.pid}_${now.getTime().toString(36)}_${acquisitions}`,
    host: hostname(),
    processes: processesSeen(),
    pid: process.pid,
    start: processStart(process.pid),
    command,
    since: now.toISOString(),
  }
}

/**
 * Whether whoever holds a lease is at work. One of this machine is asked of the process table: a killed run is not waited
 * for. Any other is alive as long as it renews.
 */
export function isHeld(
  lease: LeaseView,
  now: number,
  { processes = processesSeen(), alive = isAlive }: { processes?: string; alive?: typeof isAlive } = {},
): boolean {
  if (!lease.holderId) return false
  if (now - lease.renewedAt > lease.durationMs) return false
  const { holder } = lease
  return !(holder && holder.processes === processes && !alive(holder.pid, holder.start))
}

function processesSeen(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${boot}/${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    // Nothing to compare with: such a holder is judged by its renewals alone.
    return `${hostname()}/${process.pid}`
  }
}
