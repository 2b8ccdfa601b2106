import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot, runMain } from '@platform/core'
import { documents, publishedSchema } from '@platform/core/documents'

await runMain(async () => {
  const folder = join(repositoryRoot, 'docs', 'schemas')
  mkdirSync(folder, { recursive: true })
  for (const name of Object.keys(documents) as (keyof typeof documents)[]) {
    writeFileSync(join(folder, `${name}.json`), publishedSchema(name))
  }
  return 0
})
