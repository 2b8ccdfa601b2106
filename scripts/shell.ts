import { shellCommand } from '@platform/cluster/commands'
import { runMain } from '@platform/core'

await runMain(shellCommand)
