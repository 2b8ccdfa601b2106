import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/**
 * The problems of the chart's rule files, each with file and line. Parsing takes longer than the rest of a plan without
 * changes, so the digest of valid files is cached and they are not parsed again.
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
  const cacheFile = join(cacheDir, 'rules-read')
  if (readDigest(cacheFile) === digest) return []
  const { fileProblems } = await import('./extra-rules.ts')
  const problems = files.flatMap(({ file, text }) => fileProblems(text, { file, line: 0 }))
  if (!problems.length) saveDigest(cacheFile, digest)
  return problems
}

function readDigest(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/** A failure is ignored, and a missing cache folder is not created. */
function saveDigest(file: string, digest: string): void {
  try {
    if (existsSync(join(file, '..'))) writeFileSync(file, digest)
  } catch {
    // The files are parsed again next time.
  }
}
