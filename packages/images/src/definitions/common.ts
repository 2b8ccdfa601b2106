import type { DebianSource, ImageFile } from '../definition.ts'

/** Who there is: root, nobody, and the image's own users. A name is for reading; pods say numbers. */
export function accounts(users: Readonly<Record<string, number>> = {}): ImageFile[] {
  const all = Object.entries({ root: 0, ...users, nobody: 65534 })
  const shell = (id: number) => (id === 0 ? '/bin/sh' : '/sbin/nologin')
  const passwd = all.map(([name, id]) => `${name}:x:${id}:${id}:${name}:${id === 0 ? '/root' : '/'}:${shell(id)}\n`)
  const group = all.map(([name, id]) => `${name}:x:${id}:\n`)
  return [
    { path: '/etc/passwd', text: passwd.join('') },
    { path: '/etc/group', text: group.join('') },
    { path: '/etc/nsswitch.conf', text: 'passwd: files\ngroup: files\nhosts: files dns\n' },
    { path: '/tmp', folder: true, mode: 0o1777 },
  ]
}

/** A shell and the small tools that upstream's base images have. */
export const busybox: DebianSource = {
  kind: 'debian',
  suite: 'trixie',
  packages: ['busybox-static'],
  dependencies: false,
  exclude: ['./usr/share', './etc'],
  files: [{ path: '/usr/bin', applets: '/usr/bin/busybox' }],
}

/** The certificate authorities as one file, where programs look for it. The package's own script, not run, makes it. */
export const certificates: DebianSource = {
  kind: 'debian',
  suite: 'trixie',
  packages: ['ca-certificates'],
  dependencies: false,
  exclude: ['./etc', './usr/sbin', './usr/share/ca-certificates-local'],
  files: [{ path: '/etc/ssl/certs/ca-certificates.crt', concatenate: '/usr/share/ca-certificates/mozilla' }],
}
