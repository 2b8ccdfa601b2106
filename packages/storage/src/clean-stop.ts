import type { ProofContext } from '@platform/engine'

/** Longer than any grace period: the stream ends with the container. */
const followS = 240

/** The log of a server from now on. */
export interface FollowedLog {
  /** All that it said, once its container has ended. */
  end(): Promise<string>
}

/** Follows the log of MySQL's server in a pod, whose end nobody can read any more once the pod is gone. */
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
  ended.catch(() => {}) // told by `end`
  await until(`the log of ${pod}`, async () => connected || undefined, 100)
  return { end: async () => (await ended).stdout }
}

/** The server's own last word: SIGKILL at the end of the grace period, and a crash, leave it unsaid. Pure. */
export function stoppedCleanly(log: string): boolean {
  return /\[MY-010910\]|: Shutdown complete\b/.test(log)
}
