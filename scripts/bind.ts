import { bindCommand } from '@platform/cluster/commands'
import { runMain } from '@platform/core'

await runMain(bindCommand)
