import {
  cniRelease,
  containerdRelease,
  corednsRelease,
  etcdRelease,
  helmRelease,
  kubernetesRelease,
  type Release,
  runcRelease,
} from './release/upstream.ts'

/** One of what a node runs, built and cached on its own. */
export type Unit = GoUnit | DebianUnit | DebianProgramUnit

/** Programs built from Go modules by one `go build`. */
export interface GoUnit {
  readonly kind: 'go'
  readonly name: string
  /** The folder of the go.mod that pins it, from the root of the repository. */
  readonly folder: string
  /** The module whose version is the unit's; without one the unit is ours and its sources are its version. */
  readonly module?: string
  /** Package → the name of its program. */
  readonly programs: Readonly<Record<string, string>>
  /** Program → the names that it is called by, where these are others than its own. */
  readonly names?: Readonly<Record<string, readonly string[]>>
  /** True: all files of the folder but tests belong to the key, since its programs embed some that are not Go. */
  readonly assets?: boolean
  /** Variables that the linker sets, so that each program prints its own version. */
  readonly variables?: (version: string) => Readonly<Record<string, string>>
  /** Upstream's own binaries of the same version: they are taken where they can be had. */
  readonly release?: Release
  /** The unit whose packages it shares most: it is compiled after that one, and not beside it. */
  readonly after?: string
  /** CPU-seconds of a cold build in this order, measured on two cores: only the estimate of what is left uses it. */
  readonly weight: number
  /** The same where the unit of `after` is a release, and leaves no packages to share. */
  readonly alone?: number
}

/** A root of unpacked Debian packages. */
export interface DebianUnit {
  readonly kind: 'debian'
  readonly name: string
  readonly suite: 'trixie' | 'testing' | 'sid'
  readonly packages: readonly string[]
  /** Raised when what is made of the packages changes. */
  readonly recipe: number
  readonly weight: number
}

/** Programs of a Debian package, for whoever does not get upstream's own. */
export interface DebianProgramUnit {
  readonly kind: 'debian-program'
  readonly name: string
  readonly suite: DebianUnit['suite']
  readonly package: string
  /** Path in the package → the name of the program. */
  readonly programs: Readonly<Record<string, string>>
  readonly release: Release
  /** Of the release; Debian's is what the suite has. */
  readonly version: string
  readonly weight: number
}

const kubernetes = 'packages/toolchain/go/kubernetes'
const clients = 'packages/toolchain/go/clients'
const tools = 'packages/toolchain/go/tools'

const kubernetesVersion = (version: string) => {
  const [major = '', minor = ''] = version.slice(1).split('.')
  return Object.fromEntries(
    ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((path) => [
      [`${path}.gitVersion`, version],
      [`${path}.gitMajor`, major],
      [`${path}.gitMinor`, minor],
      [`${path}.gitCommit`, ''],
      [`${path}.gitTreeState`, 'archive'],
    ]),
  )
}
const servers = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy', 'kubelet']

/**
 * All of them, in the order of compiling: what is quick first, so that a registry out of reach or a full disk shows
 * before the long one; what shares packages after the unit that compiles them.
 */
export const units: readonly Unit[] = [
  {
    kind: 'debian',
    name: 'node-root',
    suite: 'trixie',
    packages: [
      'base-files',
      'base-passwd',
      'ca-certificates',
      'coreutils',
      'dash',
      'e2fsprogs',
      'iproute2',
      'kmod',
      'libc-bin',
      'mount',
      'nftables',
      'procps',
      'runc',
      'slirp4netns',
      'util-linux',
    ],
    recipe: 2,
    weight: 15,
  },
  {
    // runc is C and Go together: its module alone does not make it. The version is the one that containerd tests with.
    kind: 'debian-program',
    name: 'runc',
    suite: 'trixie',
    package: 'runc',
    programs: { 'usr/sbin/runc': 'runc' },
    release: runcRelease,
    version: 'v1.5.2',
    weight: 1,
  },
  {
    kind: 'go',
    name: 'cni',
    folder: tools,
    module: 'github.com/containernetworking/plugins',
    programs: {
      'github.com/containernetworking/plugins/plugins/ipam/host-local': 'host-local',
      'github.com/containernetworking/plugins/plugins/main/loopback': 'loopback',
      'github.com/containernetworking/plugins/plugins/main/ptp': 'ptp',
      'github.com/containernetworking/plugins/plugins/meta/portmap': 'portmap',
    },
    variables: (version) => ({ 'github.com/containernetworking/plugins/pkg/utils/buildversion.BuildVersion': version }),
    release: cniRelease('host-local', 'loopback', 'ptp', 'portmap'),
    weight: 30,
  },
  {
    kind: 'go',
    name: 'kubernetes',
    folder: kubernetes,
    module: 'k8s.io/kubernetes',
    programs: { 'platform.local/toolchain/kubernetes': 'kubernetes' },
    // A release has them one by one.
    names: { kubernetes: servers },
    variables: kubernetesVersion,
    release: kubernetesRelease(...servers),
    after: 'cni',
    weight: 1250,
  },
  {
    kind: 'go',
    name: 'etcd',
    folder: tools,
    module: 'go.etcd.io/etcd/server/v3',
    programs: { 'go.etcd.io/etcd/server/v3': 'etcd' },
    release: etcdRelease,
    after: 'cni',
    weight: 65,
  },
  {
    kind: 'go',
    name: 'containerd',
    folder: tools,
    module: 'github.com/containerd/containerd/v2',
    programs: Object.fromEntries(
      ['containerd', 'containerd-shim-runc-v2', 'ctr'].map((name) => [
        `github.com/containerd/containerd/v2/cmd/${name}`,
        name,
      ]),
    ),
    variables: (version) => ({ 'github.com/containerd/containerd/v2/version.Version': version }),
    release: containerdRelease('containerd', 'containerd-shim-runc-v2', 'ctr'),
    after: 'etcd',
    weight: 155,
  },
  {
    kind: 'go',
    name: 'kubectl',
    folder: kubernetes,
    module: 'k8s.io/kubernetes',
    programs: { 'k8s.io/kubernetes/cmd/kubectl': 'kubectl' },
    variables: kubernetesVersion,
    release: kubernetesRelease('kubectl'),
    after: 'kubernetes',
    weight: 60,
  },
  {
    kind: 'go',
    name: 'helm',
    folder: clients,
    module: 'helm.sh/helm/v4',
    programs: { 'helm.sh/helm/v4/cmd/helm': 'helm' },
    variables: (version) => ({ 'helm.sh/helm/v4/internal/version.version': version }),
    release: helmRelease,
    after: 'kubernetes',
    weight: 25,
    alone: 190,
  },
  {
    kind: 'go',
    name: 'coredns',
    folder: clients,
    module: 'github.com/coredns/coredns',
    programs: { 'platform.local/toolchain/clients/coredns': 'coredns' },
    release: corednsRelease,
    after: 'kubernetes',
    weight: 17,
    alone: 145,
  },
  {
    kind: 'go',
    name: 'node-agent',
    folder: 'packages/node/agent',
    programs: { '.': 'node-agent' },
    // Of the standard library both have TLS and HTTP, and the agent has little else.
    after: 'etcd',
    weight: 3,
    alone: 50,
  },
]
