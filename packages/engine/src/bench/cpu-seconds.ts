import { readFileSync } from 'node:fs'

/** The unit of /proc/stat: USER_HZ, which is 100 wherever Node.js runs. */
const perSecond = 100

/** Busy CPU seconds of the whole machine: scripts, the node and containers. */
export function busySeconds(stat: string = readFileSync('/proc/stat', 'utf8')): number {
  const [, ...fields] = (stat.split('\n')[0] ?? '').trim().split(/\s+/)
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = fields.map(Number)
  return (user + nice + system + irq + softirq) / perSecond
}
