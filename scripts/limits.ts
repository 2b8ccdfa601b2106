import { runMain } from '@platform/core'
import { limitsCommand } from '@platform/monitoring/limits-command'

await runMain(limitsCommand)
