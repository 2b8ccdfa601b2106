import { runMain } from '@platform/core'
import { drillCommand } from '@platform/engine/drill'

await runMain(drillCommand)
