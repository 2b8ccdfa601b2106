import type { MainContext } from '@platform/core'
import { withoutForeign } from '../foreign-environment.ts'
import { passedArguments, passThrough } from '../pass-through.ts'
import { withTarget } from './with-target.ts'

/** `pnpm kubectl …`, `pnpm helm …`: the right binary on the right cluster, as if it had been called itself. */
export async function toolCommand(tool: 'kubectl' | 'helm', main: MainContext): Promise<number> {
  const { program, kubeconfig } = await withTarget(main, async (target) => {
    const { kubeconfig, kubectl, helm } = await target.access()
    return { program: tool === 'helm' ? await helm() : kubectl, kubeconfig }
  })
  return passThrough(program, passedArguments(main.args), {
    env: { ...withoutForeign(), KUBECONFIG: kubeconfig },
    // pnpm changes to the root of the workspace; paths are meant from where the user is.
    cwd: main.env.INIT_CWD,
  })
}
