import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { isAlive, processStart } from '@platform/core'

/** The holder of a release's lease, as stored in the lease's annotation. */
export interface LeaseHolder {
  /** Unique for each acquisition. */
  readonly id: string
  readonly host: string
  /** Boot id and pid namespace: the pid is valid only there. */
  readonly processes: string
  readonly pid: number
  /** Start time of the process: tells it from a later one with the same pid. */
  readonly start?: string
  /** As a user would type it. */
  readonly command: string
  /** ISO 8601. */
  readonly since: string
}

/** The parsed content of a lease. */
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

/** Describes this process as a holder. */
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
 * Whether a lease is held by a live process. A holder on this machine is looked up in the process table, so a killed run is
 * not waited for. Any other holder counts as alive while it renews.
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
    // Without /proc only the renewals show whether a holder is alive.
    return `${hostname()}/${process.pid}`
  }
}
