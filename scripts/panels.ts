import { runMain } from '@platform/core'
import { writeLiveAssets } from '@platform/panels/assets'

await runMain(async ({ print }) => {
  for (const file of await writeLiveAssets()) print(file)
  return 0
})
