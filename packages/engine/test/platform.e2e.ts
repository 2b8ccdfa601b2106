import { existsSync } from 'node:fs'
import type { RunDocument } from '@platform/core/documents'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { removeOnSignal } from '../../cluster/test/support/test-cluster.ts'
import { dryRuns } from './platform/dry-runs.ts'
import { closeRepository, foreignChart } from './platform/foreign-chart.ts'
import { guideCommands } from './platform/guide-commands.ts'
import { guideQueries } from './platform/guide-queries.ts'
import { images } from './platform/images.ts'
import { overlays } from './platform/overlays.ts'
import { passwords } from './platform/passwords.ts'
import { platformSubject, type Rows } from './platform/subject.ts'

// The whole platform, brought up once, used as its guide uses it, changed, and removed. What a row leaves the next
// one finds.
const platform = platformSubject('e2e-platform')
const remove = async () => {
  closeRepository()
  await platform.remove()
}
removeOnSignal(remove)

let isUp = false

const up: Rows = {
  'up all': async ({ run }) => {
    const { document } = await run<RunDocument>(['up', 'all'])
    isUp = true
    assert.equal(
      document.units.map(({ outcome }) => outcome),
      document.units.map(() => 'done'),
    )
  },
}

const rest: Rows = {
  ...guideCommands,
  ...guideQueries,
  ...dryRuns,
  ...images,
  ...passwords,
  ...overlays,
  ...foreignChart,
  'down all --purge names the volumes that it deletes, and leaves nothing over': async ({ run, cluster }) => {
    const { document } = await run<RunDocument>(['down', 'all', '--purge'])
    const said = document.units.map(({ summary }) => summary).join('\n')
    for (const volume of ['storage/mysql-release', 'storage/other-data', 'monitoring/grafana-dashboard']) {
      assert.match(said, `volume ${volume}`)
    }
    assert.not.ok(existsSync(cluster.settings.clusterDir))
  },
}

const test = suite('the platform as a whole')
test.after(remove)
for (const [name, row] of Object.entries(up)) test(name, () => row(platform))
for (const [name, row] of Object.entries(rest)) {
  test(name, () => {
    assert.ok(isUp, '`up all` did not go well')
    return row(platform)
  })
}
test.run()
