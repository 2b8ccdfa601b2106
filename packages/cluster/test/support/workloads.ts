import { toolbox } from '@platform/images/definitions/toolbox'

/** A Kubernetes object as it is created. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
  }
  readonly [field: string]: unknown
}

type Fields = Readonly<Record<string, unknown>>

/** What keeps a container busy with nothing. */
export const idle = 'exec sleep 100000'

/** Answers on port 8080 with the pod's name. */
export const serveHostname = 'mkdir -p /tmp/www && hostname > /tmp/www/index.html && exec httpd -f -p 8080 -h /tmp/www'

/** A container of the toolbox that runs a script. */
export function container(name: string, script: string, fields: Fields = {}): Fields {
  return { name, image: toolbox.upstream, command: ['sh', '-c', script], ...fields }
}

/** The spec of a pod that ends at once when it is told to. */
export function podSpec(containers: readonly Fields[], fields: Fields = {}): Fields {
  return { terminationGracePeriodSeconds: 0, containers, ...fields }
}

export function object(apiVersion: string, kind: string, namespace: string, name: string, fields: Fields): Manifest {
  return { apiVersion, kind, metadata: { name, namespace }, ...fields }
}

/** A pod, labelled `app: <name>`. */
export function pod(namespace: string, name: string, containers: readonly Fields[], fields: Fields = {}): Manifest {
  const metadata = { name, namespace, labels: { app: name } }
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: podSpec(containers, fields) }
}

/** What a Deployment, a Job and their like make pods from, labelled `app: <name>`. */
export function template(name: string, containers: readonly Fields[], fields: Fields = {}): Fields {
  return { metadata: { labels: { app: name } }, spec: podSpec(containers, fields) }
}

/** A Service for the pods `app: <app>`, port 80 (or as in `fields`) to 8080. */
export function service(namespace: string, name: string, app: string, fields: Fields = {}): Manifest {
  const ports = [{ name: 'http', port: 80, targetPort: 8080 }]
  return object('v1', 'Service', namespace, name, { spec: { selector: { app }, ports, ...fields } })
}

/** A claim; without a class in `fields` it is the default one's. */
export function claim(namespace: string, name: string, storage: string, fields: Fields = {}): Manifest {
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } }, ...fields }
  return object('v1', 'PersistentVolumeClaim', namespace, name, { spec })
}
