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

/** An image as containerd has it. */
export interface StoredImage {
  /** Of the manifest, `sha256:…`. */
  readonly digest: string
  /** It has the label that we import with: nothing that was pulled has it, but for the sandbox's. */
  readonly pinned: boolean
}

/** kubelet's image garbage collection leaves these alone: what was imported can't be pulled again. */
export const pinnedLabel = 'io.cri-containerd.pinned=pinned'

/** What containerd has, by full reference. */
export async function listImages(there: Containerd): Promise<Map<string, StoredImage>> {
  const { stdout } = await there.runner.run(ctrCommand(there, 'images', 'ls'), { signal: there.signal })
  return parseImageList(stdout)
}

/** Reads the table of `ctr images ls`: REF TYPE DIGEST … LABELS */
export function parseImageList(text: string): Map<string, StoredImage> {
  const rows = text.split('\n').slice(1)
  return new Map(
    rows.flatMap((row) => {
      const [reference, , digest] = row.trim().split(/\s+/)
      if (!reference || !digest?.startsWith('sha256:')) return []
      return [[reference, { digest, pinned: row.includes(pinnedLabel) }] as const]
    }),
  )
}
