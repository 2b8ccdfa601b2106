import { defineChecks } from '@platform/engine'
import { exporterCheck, limitCheck, requestsCheck } from './metric-checks.ts'
import { connectCheck, refusalCheck, rootCheck, volumeCheck, writeCheck } from './server-checks.ts'

/** From what everything else needs to what needs most: the first that fails says most. */
export const checks = defineChecks([
  connectCheck,
  writeCheck,
  rootCheck,
  refusalCheck,
  volumeCheck,
  exporterCheck,
  limitCheck,
  requestsCheck,
])
