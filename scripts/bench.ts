import { benchCommand } from '@platform/cluster/bench'
import { runMain } from '@platform/core'
import { platformBenchCommand } from '@platform/engine/bench'

await runMain((main) => (main.args.includes('cluster') ? benchCommand(main) : platformBenchCommand(main)))
