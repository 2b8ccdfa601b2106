import type { MainContext } from '@platform/core'
import { linkTools, shellLines } from '../shellenv.ts'
import { withTarget } from './with-target.ts'

/** `eval "$(pnpm -s shellenv)"`: kubectl and helm on PATH, KUBECONFIG on the cluster. */
export async function shellenvCommand(main: MainContext): Promise<number> {
  const access = await withTarget(main, (target) => target.access())
  main.print(shellLines(linkTools(access), access.kubeconfig))
  return 0
}
