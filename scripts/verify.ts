import { runMain } from '@platform/core'
import { runVerb } from '@platform/core/verbs'

await runMain(async (main) => {
  if (!main.args.includes('--contract') || !main.args.includes('--write')) return runVerb('verify', main)
  const { writeContractCommand } = await import('@platform/monitoring/contract-command')
  return writeContractCommand(main)
})
