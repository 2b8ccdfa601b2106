import { accounts, busybox, certificates, type DebianSource, defineImage, type ImageDefinition } from '@platform/images'

const nobody = '65534:65534'
const NOBODY = 65534

/** A Go program of Debian testing. It needs libc and no other dependency of its package. */
function program(packages: readonly string[], files: DebianSource['files']): DebianSource {
  return {
    kind: 'debian',
    suite: 'testing',
    packages: [...packages, 'libc6'],
    dependencies: false,
    exclude: ['./etc/init.d', './etc/default', './etc/logrotate.d', './etc/cron*', './usr/lib/systemd', './var'],
    files: [...accounts(), ...(files ?? [])],
  }
}

/** Debian removes the web UI, and no package registry has the built one of upstream. */
const says = 'the whole API, no web pages: Debian strips them'

export const prometheus = defineImage({
  name: 'prometheus',
  upstream: 'docker.io/prom/prometheus:v3.5.3',
  config: {
    entrypoint: ['/bin/prometheus'],
    cmd: ['--config.file=/etc/prometheus/prometheus.yml', '--storage.tsdb.path=/prometheus'],
    workdir: '/prometheus',
    user: nobody,
    ports: ['9090'],
  },
  rebuilt: {
    says,
    sources: [
      busybox,
      certificates,
      program(['prometheus', 'promtool'], [{ path: '/prometheus', folder: true, owner: NOBODY }]),
    ],
  },
})

export const alertmanager = defineImage({
  name: 'alertmanager',
  upstream: 'docker.io/prom/alertmanager:v0.33.1',
  config: {
    entrypoint: ['/bin/alertmanager'],
    cmd: ['--config.file=/etc/alertmanager/alertmanager.yml', '--storage.path=/alertmanager'],
    workdir: '/alertmanager',
    user: nobody,
    ports: ['9093'],
  },
  rebuilt: {
    says,
    sources: [
      busybox,
      certificates,
      program(
        ['prometheus-alertmanager', 'tzdata'],
        [
          { path: '/usr/bin/alertmanager', from: '/usr/bin/prometheus-alertmanager' },
          { path: '/etc/alertmanager/alertmanager.yml', from: '/etc/prometheus/alertmanager.yml' },
          { path: '/alertmanager', folder: true, owner: NOBODY },
        ],
      ),
    ],
  },
})

export const nodeExporter = defineImage({
  name: 'node-exporter',
  upstream: 'docker.io/prom/node-exporter:v1.11.1',
  config: { entrypoint: ['/bin/node_exporter'], user: nobody, ports: ['9100'] },
  rebuilt: {
    sources: [
      busybox,
      program(
        ['prometheus-node-exporter'],
        [{ path: '/usr/bin/node_exporter', from: '/usr/bin/prometheus-node-exporter' }],
      ),
    ],
  },
})

/** No package registry has kube-state-metrics, so a stand-in serves the same families: see ../kube-state-metrics. */
export const kubeStateMetrics = defineImage({
  name: 'kube-state-metrics',
  upstream: 'registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.20.0',
  config: {
    entrypoint: ['/kube-state-metrics'],
    cmd: ['--port=8080', '--telemetry-port=8081'],
    user: '65534',
    ports: ['8080', '8081'],
  },
  standIn: {
    says: 'serves the metric families that the rules and dashboards here use, from watches; no other families, no sharding, no custom resources',
    sources: [
      { kind: 'go', folder: 'packages/monitoring/kube-state-metrics', program: '.', path: '/kube-state-metrics' },
    ],
  },
})

export const images: readonly ImageDefinition[] = [prometheus, alertmanager, nodeExporter, kubeStateMetrics]
