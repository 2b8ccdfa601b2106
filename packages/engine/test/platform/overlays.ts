import type { RunDocument, VerifyDocument } from '@platform/core/documents'
import * as assert from 'uvu/assert'
import { eventually } from '../../../cluster/test/support/eventually.ts'
import { httpGet } from '../../../cluster/test/support/http-get.ts'
import type { Platform, Rows } from './subject.ts'

/** Pages that have no login of their own. */
const pages = {
  'traefik.management.com': '/dashboard/',
  'prometheus.monitoring.com': '/-/healthy',
  'alertmanager.monitoring.com': '/-/healthy',
}

async function answers(platform: Platform, status: number): Promise<void> {
  const address = await platform.address()
  for (const [host, path] of Object.entries(pages)) {
    // Traefik looks every two seconds.
    await eventually(`http://${host}${path} answers with ${status}`, 15_000, async () => {
      const answer = await httpGet(`http://${address}${path}`, { host })
      if (answer.status !== status) throw new Error(`it answers with ${answer.status}`)
      return true
    })
  }
}

export const overlays: Rows = {
  'pages without a login of their own ask for the password': (platform) => answers(platform, 401),
  'VALUES=default,ha and DASHBOARD_AUTH=0: two Traefiks, and those pages ask for none': async (platform) => {
    platform.configure({ VALUES: 'default,ha', DASHBOARD_AUTH: '0' })
    const { document } = await platform.run<RunDocument>(['up', 'ingress', 'monitoring'])
    assert.equal(
      document.units.filter(({ outcome }) => outcome === 'done').map(({ name }) => name),
      ['ingress', 'monitoring'],
    )
    const { status } = await platform.cluster
      .kubectl()
      .json<{ status: { readyReplicas: number } }>(['get', 'deployment', 'traefik-ingress', '-n', 'kube-system'])
    assert.is(status.readyReplicas, 2)
    await answers(platform, 200)
  },
  '`verify ingress` holds with them': async ({ run }) => {
    const { document } = await run<VerifyDocument>(['verify', 'ingress'])
    assert.is(document.failed, 0)
  },
}
