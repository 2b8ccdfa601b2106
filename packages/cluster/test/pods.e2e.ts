import { suite } from 'uvu'
import { access } from './pods/access.ts'
import { commands } from './pods/commands.ts'
import { configuration } from './pods/configuration.ts'
import { egress } from './pods/egress.ts'
import { loadBalancers } from './pods/load-balancers.ts'
import { metrics } from './pods/metrics.ts'
import { platform } from './pods/platform.ts'
import { probes } from './pods/probes.ts'
import { resources } from './pods/resources.ts'
import { services } from './pods/services.ts'
import { storage } from './pods/storage.ts'
import { workloads } from './pods/workloads.ts'
import { loadToolbox, type Subject, subject } from './support/subject.ts'
import { removeOnSignal, testCluster } from './support/test-cluster.ts'

// Everything is created first; while one row asks, what the others wait for goes on. What takes longest is asked last.
const groups = [
  configuration,
  probes,
  commands,
  services,
  loadBalancers,
  egress,
  access,
  resources,
  storage,
  workloads,
  metrics,
  platform,
]

const cluster = testCluster('e2e-pods')
const pods = suite('what a pod can expect')
let ready: Subject

pods.before(async () => {
  removeOnSignal(cluster.remove)
  try {
    await cluster.pnpmDone(['up', 'cluster'])
    await loadToolbox(cluster)
    ready = subject(cluster)
    await ready.create(groups.flatMap(({ objects }) => objects))
  } catch (error) {
    console.error(error) // uvu says nothing of it
    throw error
  }
})
pods.after(() => cluster.remove())

for (const { rows, skipped = {} } of groups) {
  for (const [name, row] of Object.entries(rows)) {
    if (!skipped[name]) pods(name, () => row(ready))
    else {
      console.error(`skipped: ${name}: ${skipped[name]}`) // uvu only counts it
      pods.skip(name)
    }
  }
}

pods.run()
