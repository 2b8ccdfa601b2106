import { runMain } from '@platform/core'
import { openCommand } from '@platform/engine/commands'

await runMain(openCommand)
