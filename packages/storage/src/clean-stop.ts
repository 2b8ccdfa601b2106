import type { ProofContext } from '@platform/engine'

/** Longer than any grace period; the stream ends with the container. */
const followS = 240

/** The log of a server, from now on. */
export interface FollowedLog {
  /** The whole log, once the container has ended. */
  end(): Promise<string>
}

/** Follows the log of MySQL in a pod. Its end cannot be read after the pod is deleted. */
export async function followLog({ component, kubectl, until }: ProofContext, pod: string): Promise<FollowedLog> {
  let connected = false
  const ended = kubectl.probe(
    [
      ...['logs', pod, '-n', component.namespace, '-c', component.release],
      ...['--follow', '--tail=1', `--request-timeout=${followS}s`],
    ],
    {
      onLine: () => {
        connected = true
      },
    },
  )
  ended.catch(() => {}) // reported by `end`
  await until(`the log of ${pod}`, async () => connected || undefined, 100)
  return { end: async () => (await ended).stdout }
}

/** Whether the log has MySQL's shutdown message. SIGKILL after the grace period, or a crash, leaves none. Pure. */
export function stoppedCleanly(log: string): boolean {
  return /\[MY-010910\]|: Shutdown complete\b/.test(log)
}
