import type { MainContext } from '@platform/core'
import { withoutForeign } from '../foreign-environment.ts'
import { passedArguments, passThrough } from '../pass-through.ts'
import { withTarget } from './with-target.ts'

/** `pnpm kubectl …`, `pnpm helm …`: runs the matching binary against the target's cluster. */
export async function toolCommand(tool: 'kubectl' | 'helm', main: MainContext): Promise<number> {
  const { program, kubeconfig } = await withTarget(main, async (target) => {
    const { kubeconfig, kubectl, helm } = await target.access()
    return { program: tool === 'helm' ? await helm() : kubectl, kubeconfig }
  })
  return passThrough(program, passedArguments(main.args), {
    env: { ...withoutForeign(), KUBECONFIG: kubeconfig },
    // pnpm changes to the workspace root, but paths are relative to the user's directory.
    cwd: main.env.INIT_CWD,
  })
}
