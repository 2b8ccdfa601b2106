import { toolCommand } from '@platform/cluster/commands'
import { runMain } from '@platform/core'

await runMain((main) => toolCommand('kubectl', main))
