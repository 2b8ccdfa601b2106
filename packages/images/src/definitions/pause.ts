import { defineImage } from '../definition.ts'

/** Holds a pod's namespaces. Upstream's is a C program that is in no package registry. */
export const pause = defineImage({
  name: 'pause',
  upstream: 'registry.k8s.io/pause:3.10.1',
  config: { entrypoint: ['/pause'], user: '65535:65535' },
  standIn: {
    says: 'catatonit -P, which sleeps and reaps as pause does',
    sources: [
      {
        kind: 'debian',
        suite: 'trixie',
        packages: ['catatonit'],
        dependencies: false,
        exclude: ['./usr/libexec', './usr/share'],
        files: [{ path: '/pause', from: '/usr/bin/catatonit' }],
      },
    ],
    config: { entrypoint: ['/pause', '-P'] },
  },
})
