import { failed, type Need, ok, warning } from './need.ts'

const oldestNode = [20, 12] as const

/** Capabilities that the node's first process uses, by their bit in CapEff. CAP_SYS_RESOURCE is optional. */
const capabilities: Readonly<Record<string, number>> = {
  CAP_CHOWN: 0,
  CAP_DAC_OVERRIDE: 1,
  CAP_FOWNER: 3,
  CAP_KILL: 5,
  CAP_SETGID: 6,
  CAP_SETUID: 7,
  CAP_NET_BIND_SERVICE: 10,
  CAP_NET_ADMIN: 12,
  CAP_NET_RAW: 13,
  CAP_SYS_CHROOT: 18,
  CAP_SYS_PTRACE: 19,
  CAP_SYS_ADMIN: 21,
  CAP_MKNOD: 27,
}

/** The capabilities of a process that are missing, from the text of /proc/self/status. */
export function missingCapabilities(status: string): string[] {
  const mask = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`)
  return Object.keys(capabilities).filter((name) => ((mask >> BigInt(capabilities[name] ?? 0)) & 1n) === 0n)
}

/** Requirements on the operating system, user, Node.js and memory. */
export const hostNeeds: readonly Need[] = [
  {
    id: 'platform',
    title: 'Linux on x86-64',
    purposes: ['build', 'node'],
    code: 'PLATFORM_NOT_SUPPORTED',
    decisive: true,
    check: ({ platform, architecture, kernel }) =>
      platform === 'linux' && architecture === 'x64'
        ? ok(`Linux ${kernel}`)
        : failed(`this is ${platform} on ${architecture}: only TARGET=context works here`, 'pnpm bind'),
  },
  {
    id: 'root',
    title: 'root, with the capabilities of the node',
    purposes: ['build', 'node'],
    code: 'ROOT_REQUIRED',
    decisive: true,
    check({ uid, read }) {
      if (uid !== 0)
        return failed(
          `this is uid ${uid}: namespaces, mounts and cgroups need root`,
          'sudo -E npx --yes pnpm@10 up cluster',
        )
      const missing = missingCapabilities(read('/proc/self/status') ?? '')
      if (missing.length) return failed(`root without ${missing.join(', ')}`, 'grep CapEff /proc/self/status')
      return ok('uid 0')
    },
  },
  {
    id: 'node',
    title: `Node.js ${oldestNode.join('.')} or newer`,
    purposes: ['build', 'node'],
    code: 'NODE_TOO_OLD',
    check({ nodeVersion }) {
      const [major = 0, minor = 0] = nodeVersion.split('.').map(Number)
      const enough = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])
      return enough
        ? ok(nodeVersion)
        : failed(`this is ${nodeVersion}`, 'npx --yes -p node@22 -p pnpm@10.34.9 -- pnpm preflight')
    },
  },
  {
    id: 'memory',
    title: '3 GiB of memory available',
    purposes: ['build', 'node'],
    code: 'LOW_MEMORY',
    check({ read }) {
      const kib = Number(/^MemAvailable:\s*(\d+)/m.exec(read('/proc/meminfo') ?? '')?.[1])
      if (!kib) return warning('/proc/meminfo has no MemAvailable')
      const said = `${(kib / 2 ** 20).toFixed(1)} GiB available`
      return kib >= 3 * 2 ** 20 ? ok(said) : failed(said, 'ps -eo rss,pid,args --sort=-rss | head')
    },
  },
]
