import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** A TCP socket that listens, as /proc/net/tcp and tcp6 tell. */
export interface Listener {
  readonly port: number
  /** IPv4 dotted; IPv6 only as `::` or as `other`. */
  readonly address: string
  readonly inode: string
}

/** The listening sockets in the text of /proc/net/tcp or /proc/net/tcp6. */
export function parseListeners(text: string): Listener[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const fields = line.trim().split(/\s+/)
      const [address = '', port = ''] = (fields[1] ?? '').split(':')
      const listening = fields[3] === '0A'
      return listening
        ? [{ port: Number.parseInt(port, 16), address: readAddress(address), inode: fields[9] ?? '' }]
        : []
    })
}

function readAddress(hex: string): string {
  if (/^0+$/.test(hex)) return hex.length === 8 ? '0.0.0.0' : '::'
  const mapped = /^0000000000000000FFFF0000([0-9A-F]{8})$/.exec(hex)?.[1] ?? hex
  // The kernel writes each group of four bytes in the machine's own order: little-endian here.
  return mapped.length === 8 ? [...Buffer.from(mapped, 'hex')].reverse().join('.') : 'other'
}

/** The socket that keeps `address:port` from being listened on. */
export function conflictingListener(
  listeners: readonly Listener[],
  address: string,
  port: number,
): Listener | undefined {
  return listeners.find(
    (one) =>
      one.port === port &&
      (one.address === address || ['0.0.0.0', '::'].includes(one.address) || address === '0.0.0.0'),
  )
}

/** Who holds a socket: `nginx -g daemon off` with pid 812; undefined when no process of this machine shows it. */
export function socketHolder(inode: string, proc = '/proc'): { pid: number; name: string } | undefined {
  for (const pid of readdirSync(proc).filter((name) => /^\d+$/.test(name))) {
    if (openFiles(`${proc}/${pid}/fd`).includes(`socket:[${inode}]`)) {
      return { pid: Number(pid), name: commandOf(`${proc}/${pid}`) }
    }
  }
  return undefined
}

/** The command line, which says more than the name of the executable; shortened. */
function commandOf(folder: string): string {
  const words = readFileSync(`${folder}/cmdline`, 'utf8').split('\0').filter(Boolean).join(' ')
  return words.slice(0, 60) || readFileSync(`${folder}/comm`, 'utf8').trim()
}

function openFiles(folder: string): string[] {
  try {
    return readdirSync(folder).flatMap((fd) => {
      try {
        return [readlinkSync(`${folder}/${fd}`)]
      } catch {
        return []
      }
    })
  } catch {
    return []
  }
}
