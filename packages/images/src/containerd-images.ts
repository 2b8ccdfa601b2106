import type { Runner } from '@platform/core'

/** A containerd, as seen from the host. */
export interface Containerd {
  /** Its socket's path. */
  readonly containerd: string
  /** The path of `ctr`. */
  readonly ctr: string
  readonly runner: Runner
  readonly signal?: AbortSignal
}

/** A `ctr` command in Kubernetes' namespace. */
export function ctrCommand({ containerd, ctr }: Containerd, ...args: string[]): string[] {
  return [ctr, '--address', containerd, '--namespace', 'k8s.io', ...args]
}

/** What containerd has: manifest digest by full reference. */
export async function listImages(there: Containerd): Promise<Map<string, string>> {
  const { stdout } = await there.runner.run(ctrCommand(there, 'images', 'ls'), { signal: there.signal })
  return parseImageList(stdout)
}

/** Reads the table of `ctr images ls`: REF TYPE DIGEST … */
export function parseImageList(text: string): Map<string, string> {
  const rows = text.split('\n').slice(1)
  return new Map(
    rows.flatMap((row) => {
      const [reference, , digest] = row.trim().split(/\s+/)
      return reference && digest?.startsWith('sha256:') ? [[reference, digest] as const] : []
    }),
  )
}
