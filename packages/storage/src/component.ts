import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineComponent } from '@platform/engine'

const release = 'mysql-release'
const namespace = 'storage'

export const component = defineComponent({
  name: 'storage',
  directory: dirname(dirname(fileURLToPath(import.meta.url))),
  release,
  namespace,
  secrets: [
    {
      name: release,
      keys: {
        'mysql-root-password': { setting: 'MYSQL_ROOT_PASSWORD' },
        'mysql-password': { setting: 'MYSQL_PASSWORD' },
        'exporter-password': { generate: true },
        'probe-password': { generate: true },
      },
      opens: [release],
      // start.sh sets the passwords of all accounts.
      setAtStart: true,
      change: async (context, changed) => {
        const { changePasswords } = await import('./change-passwords.ts')
        await changePasswords(context, changed)
      },
    },
  ],
  provides: { mysql: { namespace, service: release, port: 3306 } },
})
