import type { PlanDocument } from '@platform/core/documents'
import * as assert from 'uvu/assert'
import { writesDuring } from '../support/audit.ts'
import type { Rows } from './subject.ts'

const subjects = ({ units }: PlanDocument) => units.flatMap(({ steps }) => steps.map(({ subject }) => subject))

export const dryRuns: Rows = {
  'up all after up all: nothing to do': async ({ run }) => {
    const { document } = await run<PlanDocument>(['plan', 'all'], 0)
    assert.equal(subjects(document), [])
  },
  '`up all --dry-run` with other settings names what changes, and makes no write': async ({
    cluster,
    run,
    configure,
  }) => {
    configure({ VALUES: 'default,ha', DASHBOARD_AUTH: '0', MYSQL_PASSWORD: 'never applied' })
    const { result, writes } = await writesDuring(cluster.settings, () => run<PlanDocument>(['up', 'all', '--dry-run']))
    configure({ VALUES: undefined, DASHBOARD_AUTH: undefined, MYSQL_PASSWORD: undefined })
    const found = subjects(result.document)
    for (const subject of [
      'Deployment kube-system/traefik-ingress',
      'PodDisruptionBudget kube-system/traefik-ingress',
      'Secret storage/mysql-release',
    ]) {
      assert.ok(found.includes(subject), `${subject} is not among ${found.join(', ')}`)
    }
    assert.equal(writes, [])
  },
  '`down all --purge --dry-run` names the releases and the volumes, and makes no write': async ({ cluster, run }) => {
    const { result, writes } = await writesDuring(cluster.settings, () =>
      run<PlanDocument>(['down', 'all', '--purge', '--dry-run']),
    )
    const found = subjects(result.document)
    for (const subject of [
      'release kube-system/traefik-ingress',
      'release monitoring/prometheus',
      'release monitoring/grafana-dashboard',
      'release storage/mysql-release',
      'PersistentVolumeClaim storage/mysql-release',
      'PersistentVolumeClaim monitoring/grafana-dashboard',
    ]) {
      assert.ok(found.includes(subject), `${subject} is not among ${found.join(', ')}`)
    }
    assert.equal(writes, [])
  },
}
