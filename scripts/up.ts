import { runMain } from '@platform/core'
import { runVerb } from '@platform/core/verbs'

await runMain((main) => runVerb('up', main))
