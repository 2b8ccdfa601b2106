import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type RunResult, systemRunner } from '@platform/core'
import { cgroupHierarchies, clusterId, nodeVolumes } from '@platform/node'
import { hostPids } from './cli.ts'

/** What of a cluster could be left on the host: told while it runs, since most of it does not tell afterwards. */
export interface Traces {
  /** The folder of all of its files. */
  readonly folder: string
  /** Ids of clusters, as links and cgroups are named after them. */
  readonly ids: readonly string[]
  /** `net:[4026532000]`: namespaces that the node had. */
  readonly namespaces: readonly string[]
  /** Ports of the host on which it listened. */
  readonly ports: readonly number[]
  /** The names of its volumes' files. */
  readonly volumes: readonly string[]
}

/** The host as far as a cluster could change it: what it looks at → what is there, one line each. */
export type HostSnapshot = Readonly<Record<string, readonly string[]>>

/** What kubelet, kube-proxy and the network plugins would like to set on the whole machine. */
const sysctls = [
  ...['vm/overcommit_memory', 'vm/panic_on_oom', 'kernel/panic', 'kernel/panic_on_oops'],
  ...['kernel/keys/root_maxkeys', 'kernel/keys/root_maxbytes', 'kernel/hostname', 'kernel/core_pattern'],
  ...['net/netfilter/nf_conntrack_max', 'net/netfilter/nf_conntrack_tcp_timeout_established'],
  ...['net/ipv4/ip_forward', 'net/ipv4/conf/all/forwarding', 'net/ipv4/conf/all/rp_filter'],
  ...['net/ipv4/conf/all/route_localnet', 'net/bridge/bridge-nf-call-iptables', 'net/ipv6/conf/all/forwarding'],
]

/** Namespaces, ports and volumes of a running node, for the comparison after its end. */
export function tracesOf(clusterDir: string, pid: number, ports: readonly number[]): Traces {
  const namespaces = ['net', 'mnt', 'pid', 'uts', 'ipc'].map((name) => readlinkSync(`/proc/${pid}/ns/${name}`))
  return {
    folder: clusterDir,
    ids: [clusterId({ clusterDir })],
    namespaces,
    ports,
    volumes: nodeVolumes({ clusterDir }),
  }
}

/**
 * Looks at the host. Mounts, rules, routes and sysctls are taken whole; processes, cgroups, links and sockets, of which
 * a machine has others that come and go, as far as they are the cluster's or have no owner.
 *
 * @param nodeRoot the unpacked Debian root, for its nft: the host need not have one
 */
export async function snapshotHost(traces: Traces, nodeRoot: string): Promise<HostSnapshot> {
  return {
    processes: processes(traces),
    namespaces: heldNamespaces(traces),
    mounts: lines('/proc/self/mountinfo').map((line) => line.replace(/^\d+ \d+ /, '')),
    links: readdirSync('/sys/class/net').filter((name) => !isForeign(name, traces)),
    routes: lines('/proc/net/route').filter((line) => !isForeign(line, traces)),
    'nft tables': await nftRules(nodeRoot),
    'iptables tables': ['/proc/net/ip_tables_names', '/proc/net/ip6_tables_names'].flatMap(lines),
    'loop devices': loopDevices(traces.volumes),
    cgroups: cgroups(traces),
    'cgroup controllers': cgroupHierarchies().flatMap((mount) => lines(join(mount, 'cgroup.subtree_control'))),
    sysctls: sysctls.map((name) => `${name} = ${lines(`/proc/sys/${name}`).join()}`),
    'listening sockets': listening(traces.ports),
  }
}

/** What is there now and was not, and the other way round: empty when the host is as it was. */
export function hostChanges(before: HostSnapshot, after: HostSnapshot): string[] {
  return Object.entries(after).flatMap(([what, now]) => {
    const then = before[what] ?? []
    return [
      ...now.filter((each) => !then.includes(each)).map((each) => `${what}: new: ${each}`),
      ...then.filter((each) => !now.includes(each)).map((each) => `${what}: gone: ${each}`),
    ]
  })
}

/** Processes with the cluster's folder in their words or environment, in its cgroups, or in its namespaces. */
function processes({ folder, ids, namespaces }: Traces): string[] {
  return hostPids().flatMap((pid) => {
    if (pid === process.pid) return []
    const words = text(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')
    const cgroup = text(`/proc/${pid}/cgroup`)
    const ours =
      words.includes(folder) ||
      text(`/proc/${pid}/environ`).includes(folder) ||
      ids.some((id) => cgroup.includes(`/observable-${id}`)) ||
      namespaces.includes(link(`/proc/${pid}/ns/pid`)) ||
      namespaces.includes(link(`/proc/${pid}/ns/net`))
    return ours && !isZombie(pid) ? [`${pid} ${words}`] : []
  })
}

/** It has ended; its parent has not looked yet. */
function isZombie(pid: number): boolean {
  return /^State:\tZ/m.test(text(`/proc/${pid}/status`))
}

/** The node's namespaces that something still holds: a process, an open file, or a mount. */
function heldNamespaces({ namespaces }: Traces): string[] {
  const held = new Set<string>()
  for (const pid of hostPids().filter((each) => !isZombie(each))) {
    for (const name of ['net', 'mnt', 'pid', 'uts', 'ipc']) held.add(link(`/proc/${pid}/ns/${name}`))
    for (const fd of entries(`/proc/${pid}/fd`)) held.add(link(`/proc/${pid}/fd/${fd}`))
  }
  for (const line of lines('/proc/self/mountinfo')) held.add(/\b\w+:\[\d+\]/.exec(line)?.[0] ?? '')
  return namespaces.filter((namespace) => held.has(namespace))
}

/** A link, or a line that names one, of another cluster of this machine. */
function isForeign(name: string, { ids }: Traces): boolean {
  const id = /\bnode-([0-9a-f]{8})\b/.exec(name)?.[1]
  return id !== undefined && !ids.includes(id)
}

async function nftRules(nodeRoot: string): Promise<string[]> {
  const { stdout, stderr, exitCode }: RunResult = await systemRunner.probe([
    ...['chroot', nodeRoot, '/usr/sbin/nft', '--stateless', 'list', 'ruleset'],
  ])
  if (exitCode !== 0) throw new Error(`nft: ${stderr}`)
  return stdout.split('\n').filter(Boolean)
}

/** Those of volumes; the file's folder is told as the node sees it. */
function loopDevices(volumes: readonly string[]): string[] {
  return entries('/sys/block').flatMap((name) => {
    const file = text(`/sys/block/${name}/loop/backing_file`).trim()
    return volumes.includes(basename(file, '.img')) ? [`${name} ${file}`] : []
  })
}

/** The cluster's cgroups on every hierarchy, and those that a kubelet would make at the root of one. */
function cgroups({ ids }: Traces): string[] {
  const names = [...ids.map((id) => `observable-${id}`), 'kubepods', 'kubelet', 'k8s.io', 'system.slice/kubelet']
  return cgroupHierarchies().flatMap((mount) => names.map((name) => join(mount, name)).filter((dir) => existsSync(dir)))
}

function listening(ports: readonly number[]): string[] {
  const local = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) =>
    lines(file).flatMap((line) => {
      const fields = line.trim().split(/\s+/)
      return fields[3] === '0A' ? [Number.parseInt(fields[1]?.split(':')[1] ?? '', 16)] : []
    }),
  )
  return local.filter((port) => ports.includes(port)).map(String)
}

function lines(file: string): string[] {
  return text(file).split('\n').filter(Boolean)
}

function text(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return '' // not there, or it has just ended
  }
}

function link(file: string): string {
  try {
    return readlinkSync(file)
  } catch {
    return ''
  }
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
