import { defineChecks } from '@platform/engine'
import { exporterCheck, limitCheck, requestsCheck } from './checks/metrics.ts'
import { connectCheck, refusalCheck, rootCheck, volumeCheck, writeCheck } from './checks/server.ts'

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
