import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ExitCode } from '../errors.ts'
import type { MainContext } from '../main.ts'
import { repositoryRoot } from '../paths.ts'
import { readImportGraph } from './import-graph.ts'
import { importProblems } from './import-rules.ts'
import { proseProblems } from './prose.ts'

/** Files whose words are checked. */
const prose = /\.(ts|go|cjs|md|ya?ml|tpl)$|^\.env\.example$/
/** The changelog and the glossary name the old words; the tests of the check use them. */
const exempt = /^(CHANGELOG|CONTRIBUTING)\.md$|^pnpm-lock\.yaml$|^packages\/core\/(src\/lint|test\/lint-)/

/** The part of `pnpm lint` that biome and tsc lack: imports between folders, and terms that the glossary replaces. */
export async function lintCommand({ print }: MainContext): Promise<number> {
  const files = execFileSync('git', ['ls-files'], { cwd: repositoryRoot, encoding: 'utf8' }).trim().split('\n')
  const words = files
    .filter((file) => prose.test(file) && !exempt.test(file))
    .flatMap((file) =>
      proseProblems(file, readFileSync(join(repositoryRoot, file), 'utf8')).map(
        ({ line, found, instead }) => `${file}:${line}: "${found}": write ${instead}`,
      ),
    )
  const problems = [...importProblems(readImportGraph(repositoryRoot)), ...words]
  if (!problems.length) return ExitCode.done
  print(`${problems.join('\n')}\n${problems.length} problems`)
  return ExitCode.failed
}
