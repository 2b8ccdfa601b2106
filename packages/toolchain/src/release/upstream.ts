/** A file that an upstream publishes with its release, and what of it is taken. */
export interface ReleaseFile {
  readonly url: string
  /** The file beside it with its SHA-256. */
  readonly checksums: string
  /** Program → its path in the archive; `.`: the file is the program. */
  readonly programs: Readonly<Record<string, string>>
}

/** Where the official binaries of a version are. */
export type Release = (version: string) => readonly ReleaseFile[]

const github = (repository: string, tag: string, file: string) =>
  `https://github.com/${repository}/releases/download/${tag}/${file}`

/** Each of Kubernetes' programs is a file of its own. */
export const kubernetesRelease =
  (...programs: readonly string[]): Release =>
  (version) =>
    programs.map((program) => {
      const url = `https://dl.k8s.io/release/${version}/bin/linux/amd64/${program}`
      return { url, checksums: `${url}.sha256`, programs: { [program]: '.' } }
    })

export const etcdRelease: Release = (version) => {
  const name = `etcd-${version}-linux-amd64`
  const file = (of: string) => github('etcd-io/etcd', version, of)
  return [{ url: file(`${name}.tar.gz`), checksums: file('SHA256SUMS'), programs: { etcd: `${name}/etcd` } }]
}

/** Of the two archives the static one: it does not ask which libc there is. */
export const containerdRelease =
  (...programs: readonly string[]): Release =>
  (version) => {
    const url = github('containerd/containerd', version, `containerd-static-${version.slice(1)}-linux-amd64.tar.gz`)
    const members = Object.fromEntries(programs.map((program) => [program, `bin/${program}`]))
    return [{ url, checksums: `${url}.sha256sum`, programs: members }]
  }

export const runcRelease: Release = (version) => {
  const file = (of: string) => github('opencontainers/runc', version, of)
  return [{ url: file('runc.amd64'), checksums: file('runc.sha256sum'), programs: { runc: '.' } }]
}

export const cniRelease =
  (...programs: readonly string[]): Release =>
  (version) => {
    const url = github('containernetworking/plugins', version, `cni-plugins-linux-amd64-${version}.tgz`)
    return [{ url, checksums: `${url}.sha256`, programs: Object.fromEntries(programs.map((name) => [name, name])) }]
  }

export const corednsRelease: Release = (version) => {
  const url = github('coredns/coredns', version, `coredns_${version.slice(1)}_linux_amd64.tgz`)
  return [{ url, checksums: `${url}.sha256`, programs: { coredns: 'coredns' } }]
}

export const helmRelease: Release = (version) => {
  const url = `https://get.helm.sh/helm-${version}-linux-amd64.tar.gz`
  return [{ url, checksums: `${url}.sha256sum`, programs: { helm: 'linux-amd64/helm' } }]
}

/**
 * The address that is really asked: with a mirror `https://get.helm.sh/x` becomes `<mirror>/get.helm.sh/x`.
 *
 * @param mirror the setting TOOLCHAIN_RELEASE_MIRROR
 */
export function releaseAddress(url: string, mirror: string | undefined): string {
  return mirror ? `${mirror.replace(/\/+$/, '')}/${url.replace(/^https:\/\//, '')}` : url
}

/** Where an entry's programs were downloaded, and the checksum that they match. */
export interface ReleaseOrigin {
  readonly url: string
  readonly sha256: string
  /** `pinned`: the digest is in this repository. `published`: its upstream published it beside the file. */
  readonly verified: 'pinned' | 'published'
}
