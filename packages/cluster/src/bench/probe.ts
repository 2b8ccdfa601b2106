import type { ImageDefinition } from '@platform/images'

/** A web server behind a Service, and a pod that asks for it by its name until it answers. */
export function probeObjects(image: ImageDefinition): object[] {
  const container = (name: string, script: string) => ({
    name,
    image: image.upstream,
    imagePullPolicy: 'IfNotPresent',
    command: ['sh', '-c', script],
  })
  return [
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', labels: { app: 'web' } },
      spec: { containers: [container('web', 'echo hello >/tmp/index.html; exec httpd -f -p 8080 -h /tmp')] },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] },
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'client' },
      spec: {
        restartPolicy: 'Never',
        containers: [
          container('client', 'until wget -q -O - http://web.default.svc.cluster.local; do sleep 0.1; done'),
        ],
      },
    },
  ]
}
