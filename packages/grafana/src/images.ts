import { accounts, certificates, defineImage, type ImageDefinition } from '@platform/images'

/** In no package registry: where upstream's can't be pulled or given, a stand-in takes its place and says so. */
export const grafana = defineImage({
  name: 'grafana',
  upstream: 'docker.io/grafana/grafana:13.2.3',
  config: {
    entrypoint: ['/run.sh'],
    env: {
      GF_PATHS_CONFIG: '/etc/grafana/grafana.ini',
      GF_PATHS_DATA: '/var/lib/grafana',
      GF_PATHS_HOME: '/usr/share/grafana',
      GF_PATHS_LOGS: '/var/log/grafana',
      GF_PATHS_PLUGINS: '/var/lib/grafana/plugins',
      GF_PATHS_PROVISIONING: '/etc/grafana/provisioning',
    },
    workdir: '/usr/share/grafana',
    user: '472',
    ports: ['3000'],
  },
  standIn: {
    says: "the same provisioning files and admin login, Grafana's API for health, datasources, search, dashboards and queries; no editing, no alerting, no plugins, no other users",
    sources: [
      { ...certificates, files: [...(certificates.files ?? []), ...accounts({ grafana: 472 })] },
      {
        kind: 'go',
        folder: 'packages/grafana/stand-in',
        program: '.',
        path: '/usr/share/grafana/bin/grafana-stand-in',
        files: [{ path: '/run.sh', link: '/usr/share/grafana/bin/grafana-stand-in' }],
      },
    ],
  },
})

export const images: readonly ImageDefinition[] = [grafana]
