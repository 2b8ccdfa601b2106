import { runMain } from '@platform/core'
import { toolchainCommand } from '@platform/toolchain/command'

await runMain(toolchainCommand)
