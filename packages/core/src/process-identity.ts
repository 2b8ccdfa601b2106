import { readFileSync } from 'node:fs'

/**
 * The start time of a process. Pids are reused; a pid with its start time is unique.
 *
 * @returns boot id and clock tick of the start; `undefined` if /proc does not have it
 */
export function processStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The command's name, in parentheses, may contain spaces and parentheses: parse after the last one.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (state === 'Z' || state === 'X') return undefined
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${fields[18]}`
  } catch {
    return undefined
  }
}

/** Whether exactly this process still runs. A zombie does not. Without a start time only the pid is compared. */
export function isAlive(pid: number, start?: string): boolean {
  if (process.platform === 'linux') {
    const now = processStart(pid)
    return now !== undefined && (start === undefined || start === now)
  }
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
