import { runMain } from '@platform/core'
import { runTests } from '@platform/core/test-runner'

await runMain(runTests)
