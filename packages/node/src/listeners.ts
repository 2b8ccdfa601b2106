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

/** An address as /proc/net writes it: hexadecimal, lowest byte first. */
export function readAddress(hex: string): string {
  if (/^0+$/.test(hex)) return hex.length === 8 ? '0.0.0.0' : '::'
  const mapped = /^0000000000000000FFFF0000([0-9A-F]{8})$/.exec(hex)?.[1] ?? hex
  // The kernel writes each group of four bytes in the machine's own order: little-endian here.
  return mapped.length === 8 ? [...Buffer.from(mapped, 'hex')].reverse().join('.') : 'other'
}

/** The sockets that keep `address:port` from being listened on. */
export function listenersOn(listeners: readonly Listener[], address: string, port: number): Listener[] {
  const every = ['0.0.0.0', '::']
  return listeners.filter((one) => {
    const collides =
      one.address === address || every.includes(one.address) || (address === '0.0.0.0' && one.address !== 'other')
    return one.port === port && collides
  })
}

/** Who has a socket, as people would call it: `nginx -g daemon off (pid 812)`. */
export function holderOf({ inode }: Listener): string {
  const pid = socketHolder(inode)
  return pid === undefined ? 'a process that does not show' : `${commandOf(pid)} (pid ${pid})`
}

/** Whether a socket is held inside of a node, told by its first process. */
export function isInNode({ inode }: Listener, node: number): boolean {
  const pid = socketHolder(inode)
  return pid !== undefined && linkTo(`/proc/${pid}/ns/pid`) === linkTo(`/proc/${node}/ns/pid`)
}

/** The process that has a socket; undefined when none of this machine shows it. */
function socketHolder(inode: string): number | undefined {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.map(Number).find((pid) => openFiles(`/proc/${pid}/fd`).includes(`socket:[${inode}]`))
}

/** The command line, which says more than the name of the executable; shortened. */
function commandOf(pid: number): string {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      .split(/[\0\s]+/)
      .join(' ')
      .trim()
    return words.slice(0, 60) || readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
  } catch {
    return 'a process that has just ended'
  }
}

function openFiles(folder: string): string[] {
  try {
    return readdirSync(folder).map((fd) => linkTo(`${folder}/${fd}`))
  } catch {
    return []
  }
}

function linkTo(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
