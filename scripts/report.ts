import { runMain } from '@platform/core'
import { reportCommand } from '@platform/report'

await runMain(reportCommand)
