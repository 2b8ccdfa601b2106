import type { Machine } from './machine.ts'
import { type Finding, failed, type Need, ok, warning } from './need.ts'

const controllers = ['cpu', 'memory', 'pids'] as const

/** What a node with all components uses: 25 to 30 were measured. */
const inotifyOfANode = 35

/** Requirements on the kernel. Each is tested directly where that has no side effects. */
export const kernelNeeds: readonly Need[] = [
  {
    id: 'namespaces',
    title: 'namespaces: net, mount, pid, uts, ipc',
    purposes: ['node'],
    code: 'NAMESPACES_MISSING',
    async check(machine) {
      const probe = await machine.kernelProbe()
      const said = [probe.get('namespaces'), probe.get('proc')].find((text) => text !== undefined && text !== 'ok')
      if (!said) return ok('made and ended one of each')
      return failed(
        said,
        'unshare --net --mount --pid --uts --ipc --fork true; sysctl user.max_net_namespaces user.max_mnt_namespaces',
      )
    },
  },
  {
    id: 'overlay',
    title: 'overlayfs on the file system of the state folder',
    purposes: ['node'],
    code: 'OVERLAYFS_MISSING',
    async check(machine) {
      const said = (await machine.kernelProbe()).get('overlay')
      if (said === 'ok') return ok(`mounted one in ${machine.settings.stateDir}`)
      const mend = `mkdir -p /var/lib/observable-platform && STATE_DIR=/var/lib/observable-platform pnpm preflight`
      return failed(
        said ?? 'could not be tried without namespaces',
        inFilesystems(machine, 'overlay') ? mend : 'modprobe overlay',
      )
    },
  },
  {
    id: 'veth',
    title: 'veth links',
    purposes: ['node'],
    code: 'VETH_MISSING',
    async check(machine) {
      const said = (await machine.kernelProbe()).get('veth')
      if (said === 'ok') return ok('made one in a namespace of its own')
      return said === undefined ? configured(machine, ['CONFIG_VETH']) : failed(said, 'modprobe veth')
    },
  },
  {
    id: 'nftables',
    title: 'nftables with nat, conntrack and fib',
    purposes: ['node'],
    code: 'NFTABLES_MISSING',
    async check(machine) {
      const said = (await machine.kernelProbe()).get('nftables')
      if (said === 'ok') return ok('made a table in a namespace of its own')
      const wanted = [
        'CONFIG_NF_TABLES',
        'CONFIG_NF_TABLES_INET',
        'CONFIG_NFT_CT',
        'CONFIG_NFT_NAT',
        'CONFIG_NFT_MASQ',
        'CONFIG_NFT_FIB_INET',
        'CONFIG_NFT_NUMGEN',
      ]
      return said === undefined
        ? configured(machine, wanted)
        : failed(said, 'modprobe nf_tables nft_ct nft_chain_nat nft_masq nft_fib_inet')
    },
  },
  {
    id: 'volumes',
    title: 'loop devices and ext4, for volumes',
    purposes: ['node'],
    code: 'LOOP_DEVICES_MISSING',
    check(machine) {
      const problems = [
        openProblem(machine, '/dev/loop-control'),
        !inFilesystems(machine, 'ext4') && 'the kernel lists no ext4',
      ].filter(Boolean)
      return problems.length ? failed(problems.join('; '), 'modprobe loop ext4') : ok('/dev/loop-control, ext4')
    },
  },
  {
    id: 'tun',
    title: '/dev/net/tun, for the way out',
    purposes: ['node'],
    code: 'TUN_MISSING',
    check(machine) {
      const problem = openProblem(machine, '/dev/net/tun')
      return problem ? failed(problem, 'modprobe tun; mkdir -p /dev/net && mknod /dev/net/tun c 10 200') : ok('opens')
    },
  },
  {
    id: 'inotify',
    title: 'inotify instances: the kubelet does not start without',
    purposes: ['node'],
    code: 'INOTIFY_LIMIT_TOO_LOW',
    check(machine) {
      const { used, most } = machine.inotify()
      const said = `${used} of ${most} in use, a node takes about ${inotifyOfANode}`
      return most - used < inotifyOfANode ? failed(said, 'sysctl -w fs.inotify.max_user_instances=1024') : ok(said)
    },
  },
  {
    id: 'cgroups',
    title: `cgroups: ${controllers.join(', ')}`,
    purposes: ['node'],
    code: 'CGROUPS_MISSING',
    check: checkCgroups,
  },
]

/** The available controllers and their version: v1, v2 or hybrid. All three work. */
export function checkCgroups({ read, exists }: Pick<Machine, 'read' | 'exists'>): Finding {
  const unified = read('/sys/fs/cgroup/cgroup.controllers')?.trim().split(/\s+/)
  if (unified) {
    const missing = controllers.filter((name) => !unified.includes(name))
    if (missing.length)
      return failed(`cgroup v2 without ${missing.join(', ')}`, 'cat /sys/fs/cgroup/cgroup.controllers')
    return canDelegate(read, exists)
      ? ok('v2')
      : failed('v2, in a container whose own cgroup is full of processes', emptyRoot)
  }
  const mounts = (read('/proc/self/mountinfo') ?? '').split('\n').filter((line) => line.includes(' - cgroup '))
  const mounted = mounts.flatMap((line) => (line.split(' ').pop() ?? '').split(','))
  const missing = controllers.filter((name) => !mounted.includes(name))
  if (missing.length === 0) return ok(exists('/sys/fs/cgroup/unified') ? 'hybrid (v1 controllers)' : 'v1')
  return failed(
    `no cgroup hierarchy has ${missing.join(', ')}`,
    missing
      .map((name) => `mkdir -p /sys/fs/cgroup/${name} && mount -t cgroup -o ${name} cgroup /sys/fs/cgroup/${name}`)
      .join('; '),
  )
}

/** Moves the processes of a container's root cgroup into one below it: cgroup v2 gives controllers to empty cgroups alone. */
const emptyRoot =
  'mkdir -p /sys/fs/cgroup/init && for p in $(cat /sys/fs/cgroup/cgroup.procs); do echo $p > /sys/fs/cgroup/init/cgroup.procs; done'

/**
 * Whether cgroups below the root can have the controllers. The real root may hold processes and give controllers all the
 * same; in a container with a cgroup namespace of its own the root is none (it has a `cgroup.type`), and may not.
 */
function canDelegate(read: Machine['read'], exists: Machine['exists']): boolean {
  if (!exists('/sys/fs/cgroup/cgroup.type') || !read('/sys/fs/cgroup/cgroup.procs')?.trim()) return true
  const delegated = read('/sys/fs/cgroup/cgroup.subtree_control')?.trim().split(/\s+/) ?? []
  return controllers.every((name) => delegated.includes(name))
}

function inFilesystems({ read, kernel }: Machine, name: string): boolean {
  const listed = (read('/proc/filesystems') ?? '').split('\n').some((line) => line.split('\t').pop() === name)
  // A module that is not loaded yet is loaded by the first mount.
  return listed || (read(`/lib/modules/${kernel}/modules.dep`) ?? '').includes(`/${name}.ko`)
}

function openProblem({ open }: Machine, device: string): string | undefined {
  try {
    open(device)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

/** Features that could not be tested are looked up in the kernel's configuration. */
function configured(machine: Machine, wanted: readonly string[]): Finding {
  const config = machine.kernelConfig()
  if (!config)
    return warning('not tested: the tool for it is not built yet, and the kernel configuration is not readable')
  const missing = wanted.filter((name) => !config.has(name))
  const modules = wanted.filter((name) => config.get(name) === 'm')
  if (missing.length) return failed(`the kernel was built without ${missing.join(', ')}`, 'uname -r')
  return ok(modules.length ? 'in the kernel, as modules' : 'in the kernel')
}
