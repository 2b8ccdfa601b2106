import type { Manifest } from '@platform/cluster'
import { type ComponentCheck, defineChecks } from '@platform/engine'
import { retryFor } from '@platform/engine/settled'
import { namespace, valuesOf } from './common.ts'
import { activeTargets } from './targets.ts'

const port = 19100
const path = '/measured'
/** Prometheus looks for new targets every five seconds, and takes them in as often. */
const DISCOVERY_MS = 12_000

/** Seconds between two scrapes of its pods. */
const INTERVAL_S = 1

const place = {
  'prometheus.io/port': String(port),
  'prometheus.io/path': path,
  'prometheus.io/interval': `${INTERVAL_S}s`,
}

/** The pods that this check makes: what each says of itself, and whether it is to be found. */
const cases = {
  wanted: { 'prometheus.io/scrape': 'true', ...place },
  refused: { 'prometheus.io/scrape': 'false', ...place },
  silent: place,
} as const

const annotated: ComponentCheck = {
  id: 'annotated-pods',
  dependsOn: ['prometheus/server', 'prometheus/discovery'],
  name: 'a pod that asks for it is scraped, at the interval that it asks for; one that refuses is not',
  timeoutMs: 110_000,
  hint: 'pnpm kubectl get configmap -n monitoring prometheus-server -o yaml',
  async run(context) {
    const { scrape, images } = valuesOf(context)
    const made = await context.temporary(
      ...Object.entries(cases).map(([name, annotations]) => pod(name, annotations, images.nodeExporter)),
    )
    const [wanted = '', refused = '', silent = ''] = made.map(({ metadata }) => metadata.name)
    const names = [wanted, refused, silent]
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
      const samples = await prometheus.query(`node_exporter_build_info{job="kubernetes-pods", pod="${wanted}"}`)
      if (samples.length !== 1)
        throw new Error(`${wanted} has ${samples.length} series after ${within / 1000} s, not 1`)
      const scraped = (await activeTargets(context)).map(({ labels }) => labels.pod)
      // Where all are, it may have been found a moment later than the other.
      if (all && !scraped.includes(silent))
        throw new Error('the pod without prometheus.io/scrape is not scraped (scrape.pods: all)')
      return scraped
    })
    const seconds = Math.round((Date.now() - since) / 1000)
    if (found.includes(refused)) throw new Error('the pod with prometheus.io/scrape "false" is scraped')
    if (!all && found.includes(silent))
      throw new Error('the pod without prometheus.io/scrape is scraped (scrape.pods: annotated)')
    return `found after ${seconds} s at ${path}; the one with "false" is not`
  },
}

export const annotatedChecks = defineChecks([annotated])

/** Serves metrics of its own and no others: node-exporter, which is on every node already, without collectors. */
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
