import { benchCommand } from '@platform/cluster/bench'
import { runMain } from '@platform/core'

await runMain(benchCommand)
