import { defineChecks } from '@platform/engine'
import { exporterCheck, limitCheck, requestsCheck } from './metric-checks.ts'
import { connectCheck, refusalCheck, rootCheck, volumeCheck, writeCheck } from './server-checks.ts'

/** In order of dependency, so that the first failure is closest to the cause. */
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
