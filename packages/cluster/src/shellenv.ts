import { mkdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { PlatformError, shellQuote } from '@platform/core'
import { foreignVariables } from './foreign-environment.ts'
import type { Access, TargetDependencies } from './target.ts'

/** What a shell gets. */
export interface ShellTools {
  readonly kubeconfig: string
  readonly kubectl: string
  /** Undefined when it can't be had here. */
  readonly helm: string | undefined
}

/** The tools for a shell. A Helm that can't be had is left out, with a notice: kubectl is worth a shell without it. */
export async function shellTools(
  { kubeconfig, kubectl, helm }: Access,
  { emit, signal }: Pick<TargetDependencies, 'emit' | 'signal'>,
): Promise<ShellTools> {
  try {
    return { kubeconfig, kubectl, helm: await helm() }
  } catch (error) {
    if (signal?.aborted || !(error instanceof PlatformError)) throw error
    const { code, message, hint } = error
    emit({ type: 'notice', level: 'warn', message: `helm is left out: ${code}: ${message}`, hint })
    return { kubeconfig, kubectl, helm: undefined }
  }
}

/**
 * Lines for `eval` in sh, bash, zsh and dash: kubectl and helm first on PATH (once, however often it is evaluated), and
 * KUBECONFIG, which Helm's own variables would win over. Only those two tools: the node's other binaries stay off the user's PATH.
 */
export function shellLines(folder: string, kubeconfig: string): string {
  const path = shellQuote([folder])
  return [
    `case ":$PATH:" in`,
    `  *:${path}:*) ;;`,
    `  *) export PATH=${path}:"$PATH" ;;`,
    `esac`,
    `export KUBECONFIG=${shellQuote([kubeconfig])}`,
    `unset ${foreignVariables.join(' ')}`,
    '',
  ].join('\n')
}

/** A folder beside the kubeconfig with kubectl and helm in it, as links to the right binaries. Returns the folder. */
export function linkTools({ kubeconfig, kubectl, helm }: ShellTools): string {
  const folder = join(dirname(kubeconfig), 'bin')
  mkdirSync(folder, { recursive: true })
  link(kubectl, join(folder, 'kubectl'))
  if (helm) link(helm, join(folder, 'helm'))
  else rmSync(join(folder, 'helm'), { force: true })
  return folder
}

function link(target: string, file: string): void {
  if (linkTarget(file) === target) return
  const fresh = `${file}.${process.pid}`
  symlinkSync(target, fresh)
  renameSync(fresh, file)
}

function linkTarget(file: string): string | undefined {
  try {
    return readlinkSync(file)
  } catch {
    return undefined
  }
}
