import { runMain } from '@platform/core'
import { lintCommand } from '@platform/core/lint'

await runMain(lintCommand)
