import { accounts, busybox, certificates, defineImage, type ImageDefinition } from '@platform/images'

const MYSQL = 999
const PLUGINS = './usr/lib/mysql/plugin'

/** Debian has MySQL in sid only, one version at a time. It has no upstream entry point: the chart initialises the data. */
export const mysql = defineImage({
  name: 'mysql',
  upstream: 'docker.io/library/mysql:9.7.4',
  config: { cmd: ['mysqld'], ports: ['3306', '33060'] },
  rebuilt: {
    sources: [
      busybox,
      {
        kind: 'debian',
        suite: 'sid',
        packages: ['mysql-server-core', 'mysql-client-core'],
        leaveOut: ['perl*', 'libperl*', 'libgdbm*', 'libdb5.3*', 'libc-gconv-modules-extra'],
        exclude: [
          ...['myisam*', 'mysqlslap', 'ibd2sdi', 'innochecksum', 'perror', 'mysql_migrate_keyring', 'mysqldumpslow'],
          ...[
            'mysqld_multi',
            'mysqld_safe',
            'mysql_secure_installation',
            'mysqlimport',
            'mysqlshow',
            'mysqlcheck',
            'my_print_defaults',
          ],
        ]
          .map((name) => `./usr/bin/${name}`)
          .concat(`${PLUGINS}/*_client.so`, `${PLUGINS}/libpluginmecab.so`, `${PLUGINS}/authentication_webauthn*`),
        files: [
          ...accounts({ mysql: MYSQL }),
          { path: '/var/run', link: '/run' },
          { path: '/run/mysqld', folder: true, mode: 0o1777, owner: MYSQL },
          { path: '/var/lib/mysql', folder: true, mode: 0o1777, owner: MYSQL },
          { path: '/var/lib/mysql-files', folder: true, mode: 0o750, owner: MYSQL },
          { path: '/docker-entrypoint-initdb.d', folder: true },
        ],
      },
    ],
  },
})

export const mysqldExporter = defineImage({
  name: 'mysqld-exporter',
  upstream: 'docker.io/prom/mysqld-exporter:v0.19.0',
  config: { entrypoint: ['/bin/mysqld_exporter'], user: '65534:65534', ports: ['9104'] },
  rebuilt: {
    sources: [
      busybox,
      certificates,
      {
        kind: 'debian',
        suite: 'testing',
        packages: ['prometheus-mysqld-exporter', 'libc6'],
        dependencies: false,
        exclude: ['./etc/init.d', './etc/default', './etc/logrotate.d', './usr/lib/systemd', './var'],
        files: [...accounts(), { path: '/usr/bin/mysqld_exporter', from: '/usr/bin/prometheus-mysqld-exporter' }],
      },
    ],
  },
})

export const images: readonly ImageDefinition[] = [mysql, mysqldExporter]
