import type { Manifest } from '@platform/cluster'
import { type ComponentCheck, defineChecks } from '@platform/engine'
import { retryFor } from '@platform/engine/settled'
import { namespace, valuesOf } from './common.ts'
import { activeTargets } from './targets.ts'

const port = 19100
const path = '/measured'
/** Prometheus discovers targets every five seconds, and updates its scrape pools every five seconds. */
const DISCOVERY_MS = 12_000

/** The scrape interval of the test pods, in seconds. */
const INTERVAL_S = 1

const place = {
  'prometheus.io/port': String(port),
  'prometheus.io/path': path,
  'prometheus.io/interval': `${INTERVAL_S}s`,
}

/** The annotations of the test pods, by the part of their name. */
const cases = {
  wanted: { 'prometheus.io/scrape': 'true', ...place },
  refused: { 'prometheus.io/scrape': 'false', ...place },
  silent: place,
} as const

const annotated: ComponentCheck = {
  id: 'annotated-pods',
  dependsOn: ['prometheus/server', 'prometheus/discovery'],
  name: 'a pod with prometheus.io/scrape "true" is scraped at its own interval; one with "false" is not',
  timeoutMs: 110_000,
  hint: 'pnpm kubectl get configmap -n monitoring prometheus-server -o yaml',
  async run(context) {
    const { scrape, images } = valuesOf(context)
    const created = await context.temporary(
      ...Object.entries(cases).map(([name, annotations]) => pod(name, annotations, images.nodeExporter)),
    )
    const [annotatedPod = '', excluded = '', unannotated = ''] = created.map(({ metadata }) => metadata.name)
    const names = [annotatedPod, excluded, unannotated]
    await retryFor(context, 60_000, async () => {
      const ready = await context.pods('app.kubernetes.io/name=verify-scrape', namespace)
      const waiting = names.filter((name) => !ready.includes(name))
      if (waiting.length) throw new Error(`the test pods ${waiting.join(', ')} are not ready`)
    })
    const since = Date.now()
    const prometheus = await context.prometheus()
    const within = 2 * INTERVAL_S * 1000 + DISCOVERY_MS
    const all = scrape.pods === 'all'
    const found = await retryFor(context, within, async () => {
      const samples = await prometheus.query(`node_exporter_build_info{job="kubernetes-pods", pod="${annotatedPod}"}`)
      if (samples.length !== 1)
        throw new Error(`${annotatedPod} has ${samples.length} series after ${within / 1000} s, expected 1`)
      const scraped = (await activeTargets(context)).map(({ labels }) => labels.pod)
      // With `all`, this pod may be discovered a moment later than the other one.
      if (all && !scraped.includes(unannotated))
        throw new Error('the pod without prometheus.io/scrape is not scraped (scrape.pods: all)')
      return scraped
    })
    const seconds = Math.round((Date.now() - since) / 1000)
    if (found.includes(excluded)) throw new Error('the pod with prometheus.io/scrape "false" is scraped')
    if (!all && found.includes(unannotated))
      throw new Error('the pod without prometheus.io/scrape is scraped (scrape.pods: annotated)')
    return `scraped after ${seconds} s at ${path}; the pod with "false" is not scraped`
  },
}

export const annotatedChecks = defineChecks([annotated])

/** A pod with node-exporter without collectors: it serves only its own metrics, and every node already has the image. */
function pod(name: string, annotations: Readonly<Record<string, string>>, image: string): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `verify-scrape-${name}-`,
      namespace,
      labels: { 'app.kubernetes.io/name': 'verify-scrape' },
      annotations,
    } as unknown as Manifest['metadata'],
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, runAsUser: 65534, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'exporter',
          image,
          imagePullPolicy: 'IfNotPresent',
          args: ['--collector.disable-defaults', `--web.listen-address=:${port}`, `--web.telemetry-path=${path}`],
          readinessProbe: { httpGet: { path: '/', port }, periodSeconds: 1 },
          resources: { requests: { cpu: '5m', memory: '16Mi' }, limits: { cpu: '200m', memory: '64Mi' } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
        },
      ],
    },
  }
}
