import { randomUUID } from 'node:crypto'
import type { Manifest, PodObject } from '@platform/cluster'
import { CheckSkipped } from '@platform/core'
import type { ComponentCheck, ProofContext } from '@platform/engine'
import { grafanaClient, jsonRequest } from '../grafana-client.ts'
import { readFrames } from './frames.ts'

const port = 19101
const metric = 'platform_round_trip'

/** The pod's start, discovery, a scrape, and once more when the first came too early. */
const MEASURED_MS = 75_000
/** Grafana keeps nothing: what Prometheus answers, it answers. */
const READ_MS = 10_000

/** What a pod measures is what a person sees: all of the way at once. */
export const roundTrip: ComponentCheck = {
  id: 'round-trip',
  dependsOn: [
    'grafana/service',
    'grafana/pod',
    'grafana/page',
    'grafana/login',
    'grafana/datasource',
    'grafana/dns',
    'ingress/traffic',
    'prometheus/server',
    'prometheus/discovery',
  ],
  name: 'what a new pod measures is read back through Grafana, through the ingress',
  timeoutMs: MEASURED_MS + READ_MS + 30_000,
  hint: 'pnpm verify monitoring',
  needs: ['ingress', 'prometheus'],
  run: readBack,
}

async function readBack(context: ProofContext): Promise<string> {
  const [client, prometheus, image] = await Promise.all([
    grafanaClient(context),
    context.prometheus(),
    exporterImage(context),
  ])
  if (!client.way.startsWith('through the ingress')) throw new Error(`Grafana is reached ${client.way} only`)
  const id = randomUUID()
  const value = Math.floor(Math.random() * 1e9)
  const expr = `${metric}{id="${id}"}`
  const made = performance.now()
  await servedBy(context, { image, text: `${metric}{id="${id}"} ${value}\n` })
  const since = () => performance.now() - made
  let measured: number | undefined
  for (;;) {
    const [through] = await throughGrafana(client, expr)
    if (through) {
      if (through.value !== value) throw new Error(`${expr} is ${through.value} through Grafana, the pod says ${value}`)
      return `${metric} ${value}, readable ${(since() / 1000).toFixed(1)} s after its pod was made, ${client.way}`
    }
    const direct = (await prometheus.query(expr)).length > 0
    measured ??= direct ? since() : undefined
    if (measured === undefined && since() > MEASURED_MS) {
      throw new Error(`Prometheus has no ${expr} ${MEASURED_MS / 1000} s after its pod was made`)
    }
    if (measured !== undefined && since() - measured > READ_MS) {
      throw new Error(`Prometheus has ${expr}, and Grafana has it not ${READ_MS / 1000} s later, ${client.way}`)
    }
    await pause(context)
  }
}

async function pause({ signal }: ProofContext): Promise<void> {
  const { setTimeout: sleep } = await import('node:timers/promises')
  await sleep(500, undefined, { signal })
}

async function throughGrafana(client: Awaited<ReturnType<typeof grafanaClient>>, expr: string) {
  const now = Date.now()
  const query = { refId: 'A', datasource: { type: 'prometheus', uid: 'prometheus' }, expr, instant: true, range: false }
  const body = { from: String(now - 300_000), to: String(now), queries: [{ ...query, intervalMs: 15_000 }] }
  return readFrames(await client.ask('/api/ds/query', jsonRequest('POST', body)), 'A')
}

/** Whatever this cluster's node-exporter is made from: it is there already, and serves a text as it is. */
async function exporterImage({ api }: ProofContext): Promise<string> {
  const labels = 'app.kubernetes.io/name=node-exporter,app.kubernetes.io/part-of=observable-platform'
  const pods = await api.list<PodObject & { spec?: { containers?: readonly { image: string }[] } }>('/api/v1/pods', {
    labels,
  })
  const image = pods.flatMap(({ spec }) => spec?.containers ?? [])[0]?.image
  if (!image) throw new CheckSkipped('no node-exporter of the platform runs, whose image serves the text')
  return image
}

/** A pod that asks to be scraped, and serves nothing but this text. */
async function servedBy(context: ProofContext, { image, text }: { readonly image: string; readonly text: string }) {
  const { namespace } = context.component
  const labels = { 'app.kubernetes.io/name': 'verify-round-trip' }
  const [config] = await context.temporary({
    ...{ apiVersion: 'v1', kind: 'ConfigMap', data: { 'round-trip.prom': text } },
    metadata: { generateName: 'verify-round-trip-', namespace, labels } as unknown as Manifest['metadata'],
  })
  const annotations = {
    ...{ 'prometheus.io/scrape': 'true', 'prometheus.io/port': String(port) },
    'prometheus.io/interval': '1s',
  }
  const args = ['--collector.disable-defaults', '--collector.textfile', '--collector.textfile.directory=/text']
  const container = {
    ...{ name: 'text', image, imagePullPolicy: 'IfNotPresent' },
    args: [...args, `--web.listen-address=:${port}`],
    ports: [{ containerPort: port, protocol: 'TCP' }],
    resources: { requests: { cpu: '5m', memory: '16Mi' }, limits: { cpu: '200m', memory: '64Mi' } },
    securityContext: {
      ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [{ name: 'text', mountPath: '/text', readOnly: true }],
  }
  await context.temporary({
    ...{ apiVersion: 'v1', kind: 'Pod' },
    metadata: { generateName: 'verify-round-trip-', namespace, labels, annotations } as unknown as Manifest['metadata'],
    spec: {
      ...{ restartPolicy: 'Never', terminationGracePeriodSeconds: 0 },
      ...{ automountServiceAccountToken: false, enableServiceLinks: false },
      securityContext: { runAsNonRoot: true, runAsUser: 65534, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [container],
      volumes: [{ name: 'text', configMap: { name: config?.metadata.name } }],
    },
  } as Manifest)
}
