import { runMain } from '@platform/core'
import { packageCommand } from '@platform/engine/package'

await runMain(packageCommand)
