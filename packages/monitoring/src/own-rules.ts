import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/**
 * What is wrong in the chart's own rule files, each with file and line. Reading them takes longer than everything else in
 * a plan with nothing to do: what was read without a problem is remembered in the cache, and not read again.
 */
export async function ownRuleProblems(
  directory: string,
  { root, cacheDir }: { readonly root: string; readonly cacheDir: string },
): Promise<string[]> {
  const folder = join(directory, 'chart', 'rules')
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.rules.yaml'))
    .map((name) => ({ file: relative(root, join(folder, name)), text: readFileSync(join(folder, name), 'utf8') }))
  const digest = createHash('sha256').update(JSON.stringify(files)).digest('hex')
  const memory = join(cacheDir, 'rules-read')
  if (remembered(memory) === digest) return []
  const { fileProblems } = await import('./extra-rules.ts')
  const problems = files.flatMap(({ file, text }) => fileProblems(text, { file, line: 0 }))
  if (!problems.length) remember(memory, digest)
  return problems
}

function remembered(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/** Not being able to is no reason to fail; a cache that is not there is not made for this. */
function remember(file: string, digest: string): void {
  try {
    if (existsSync(join(file, '..'))) writeFileSync(file, digest)
  } catch {
    // read again the next time
  }
}
