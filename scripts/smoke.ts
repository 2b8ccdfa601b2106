import { runMain } from '@platform/core'
import { smokeCommand } from '@platform/engine/commands'

await runMain(smokeCommand)
