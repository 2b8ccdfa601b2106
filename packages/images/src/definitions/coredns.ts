import { defineImage } from '../definition.ts'
import { accounts, certificates } from './common.ts'

/** The cluster's DNS. The version is that of go/tools/go.mod. */
export const coredns = defineImage({
  name: 'coredns',
  upstream: 'registry.k8s.io/coredns/coredns:v1.15.0',
  config: { entrypoint: ['/coredns'], workdir: '/', ports: ['53', '53/udp'], user: '65532:65532' },
  rebuilt: {
    sources: [
      certificates,
      { kind: 'toolchain', binary: 'coredns', path: '/coredns', files: accounts({ nonroot: 65532 }) },
    ],
  },
})
