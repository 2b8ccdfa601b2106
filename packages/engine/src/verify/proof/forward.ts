import type { Kubectl } from '@platform/cluster'
import type { Endpoint } from '../../component/identity.ts'

/** A port of this machine that leads to a Service. */
export interface Forwarding {
  readonly host: string
  readonly port: number
  /** Settles when it has ended; never rejects. */
  readonly ended: Promise<void>
}

export interface ForwardOptions {
  /** Ends it. */
  readonly signal: AbortSignal
  /** A port of this machine; default: one that is free. */
  readonly port?: number
}

/**
 * Forwards a port of this machine, on loopback alone, to a Service, until the signal.
 *
 * @throws Error with what kubectl said when it could not
 */
export function startForwarding(
  kubectl: Kubectl,
  { namespace, service, port }: Endpoint,
  { signal, port: local }: ForwardOptions,
): Promise<Forwarding> {
  const words = ['port-forward', `--namespace=${namespace}`, '--address=127.0.0.1', '--request-timeout=0']
  const ports = `${local ?? ''}:${port}`
  return new Promise((resolve, reject) => {
    const said: string[] = []
    let end = () => {}
    const ended = new Promise<void>((done) => {
      end = done
    })
    const run = kubectl.probe([...words, `service/${service}`, ports], {
      signal,
      onLine(line) {
        said.push(line)
        const [, chosen] = /^Forwarding from 127\.0\.0\.1:(\d+) /.exec(line) ?? []
        if (chosen) resolve({ host: '127.0.0.1', port: Number(chosen), ended })
      },
    })
    run
      .finally(end)
      .then(
        () => reject(new Error(`no way to Service ${namespace}/${service}: ${said.join('; ') || 'kubectl ended'}`)),
        reject,
      )
  })
}
