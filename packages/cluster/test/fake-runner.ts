import { CommandError, type Runner, type RunOptions, type RunResult } from '@platform/core'

/** What a command answers: its stdout, or a whole result; undefined for a command that the test does not expect. */
export type Answer = (command: readonly string[], options: RunOptions) => string | Partial<RunResult> | undefined

/** A Runner that runs nothing, and remembers what it was asked to run. */
export function fakeRunner(answer: Answer): Runner & { readonly commands: string[] } {
  const commands: string[] = []
  const probe: Runner['probe'] = async (command, options = {}) => {
    commands.push(command.join(' '))
    const said = answer(command, options)
    if (said === undefined) throw new Error(`not expected: ${command.join(' ')}`)
    const result = typeof said === 'string' ? { stdout: said } : said
    return { stdout: '', stderr: '', exitCode: 0, ...result }
  }
  return {
    commands,
    probe,
    async run(command, options) {
      const result = await probe(command, options)
      if (result.exitCode !== 0) throw new CommandError(command, result)
      return result
    },
  }
}
