import type { MainContext } from '@platform/core'
import { linkTools, shellLines, shellTools } from '../shellenv.ts'
import { withTarget } from './with-target.ts'

/** `eval "$(pnpm -s shellenv)"`: puts kubectl and helm on PATH and sets KUBECONFIG. */
export async function shellenvCommand(main: MainContext): Promise<number> {
  const tools = await withTarget(main, async (target, dependencies) => shellTools(await target.access(), dependencies))
  main.print(shellLines(linkTools(tools), tools.kubeconfig))
  return 0
}
