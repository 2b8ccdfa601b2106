import { defineImage } from '../definition.ts'
import { accounts, busybox } from './common.ts'

/** For tests and checks: a shell, an HTTP server and client, DNS look-ups, something to burn CPU and memory with. */
export const toolbox = defineImage({
  name: 'toolbox',
  upstream: 'docker.io/library/busybox:1.37.0',
  config: { cmd: ['sh'] },
  rebuilt: {
    sources: [
      {
        ...busybox,
        files: [
          ...(busybox.files ?? []),
          ...accounts(),
          { path: '/root', folder: true, mode: 0o700 },
          { path: '/home', folder: true },
          { path: '/var/www', folder: true },
        ],
      },
    ],
  },
})
