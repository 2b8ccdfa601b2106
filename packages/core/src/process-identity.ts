import { readFileSync } from 'node:fs'

/**
 * Names a process for good: a pid is used again, a pid with its start time is not.
 *
 * @returns the boot and the clock tick at which the process started; `undefined` where /proc can't tell
 */
export function processStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The command's name, in parentheses, may hold spaces and parentheses; the fields after the last one are numbers.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (state === 'Z' || state === 'X') return undefined
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${fields[18]}`
  } catch {
    return undefined
  }
}

/** Whether this very process still runs. A zombie does not; where the start is unknown, the pid alone has to do. */
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
