import type { Kubectl } from '@platform/cluster'
import type { Endpoint } from '../../component/identity.ts'

/** A port of this machine that is forwarded to a Service. */
export interface Forwarding {
  readonly host: string
  readonly port: number
  /** Settles when kubectl ends; never rejects. */
  readonly ended: Promise<void>
}

export interface ForwardOptions {
  /** Stops the forwarding. */
  readonly signal: AbortSignal
  /** A port of this machine. Default: a free one. */
  readonly port?: number
}

/**
 * Forwards a port of this machine's loopback interface to a Service, until the signal.
 *
 * @throws Error with kubectl's output when it fails
 */
export function startForwarding(
  kubectl: Kubectl,
  { namespace, service, port }: Endpoint,
  { signal, port: local }: ForwardOptions,
): Promise<Forwarding> {
  const args = ['port-forward', `--namespace=${namespace}`, '--address=127.0.0.1', '--request-timeout=0']
  const ports = `${local ?? ''}:${port}`
  return new Promise((resolve, reject) => {
    const lines: string[] = []
    let end = () => {}
    const ended = new Promise<void>((done) => {
      end = done
    })
    const run = kubectl.probe([...args, `service/${service}`, ports], {
      signal,
      onLine(line) {
        lines.push(line)
        const [, chosen] = /^Forwarding from 127\.0\.0\.1:(\d+) /.exec(line) ?? []
        if (chosen) resolve({ host: '127.0.0.1', port: Number(chosen), ended })
      },
    })
    run
      .finally(end)
      .then(
        () =>
          reject(
            new Error(
              `cannot forward a port to Service ${namespace}/${service}: ${lines.join('; ') || 'kubectl ended'}`,
            ),
          ),
        reject,
      )
  })
}
