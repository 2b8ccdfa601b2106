import { runMain } from '@platform/core'
import { imagesCommand } from '@platform/images/command'

await runMain(imagesCommand)
