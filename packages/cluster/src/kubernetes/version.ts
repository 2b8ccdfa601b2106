/** A version of Kubernetes or Helm: what decides is the minor. */
export interface Version {
  readonly major: number
  readonly minor: number
  readonly text: string
}

/** The oldest API server, and the oldest kubectl, that the platform works with. */
export const oldestKubernetes: Version = { major: 1, minor: 29, text: 'v1.29' }

/** The oldest Helm that the platform works with. */
export const oldestHelm: Version = { major: 4, minor: 0, text: 'v4.0' }

/** Reads `v1.37.2`, `1.29`, `v1.32.4-gke.1`, `v4.3.1+gabc`; undefined when there is no version in it. */
export function parseVersion(text: string): Version | undefined {
  const match = /v?(\d+)\.(\d+)(?:[.\w+-]*)/.exec(text.trim())
  return match ? { major: Number(match[1]), minor: Number(match[2]), text: match[0] } : undefined
}

/** `version` is the oldest allowed one or newer. */
export function atLeast(version: Version, oldest: Version): boolean {
  return version.major > oldest.major || (version.major === oldest.major && version.minor >= oldest.minor)
}

/** kubectl is supported within one minor of the server, on either side. */
export function withinSkew(client: Version, server: Version): boolean {
  return minorsApart(client, server) <= 1
}

/** How many minors lie between the two. A different major is out of any reach. */
export function minorsApart(a: Version, b: Version): number {
  return a.major === b.major ? Math.abs(a.minor - b.minor) : Number.POSITIVE_INFINITY
}

/** What `kubectl version --client -o json` or `GET /version` says. */
export function versionFromJson(json: string): Version | undefined {
  const parsed = JSON.parse(json) as { clientVersion?: { gitVersion?: string }; gitVersion?: string }
  return parseVersion(parsed.clientVersion?.gitVersion ?? parsed.gitVersion ?? '')
}
