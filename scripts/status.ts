import { runMain } from '@platform/core'
import { statusCommand } from '@platform/engine/commands'

await runMain(statusCommand)
