import { mkdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { PlatformError, shellQuote } from '@platform/core'
import { foreignVariables } from './foreign-environment.ts'
import type { Access, TargetDependencies } from './target.ts'

export interface ShellTools {
  readonly kubeconfig: string
  readonly kubectl: string
  /** Undefined if it is not available on this machine. */
  readonly helm: string | undefined
}

/** The tools for a shell. Without Helm the shell still has kubectl, so a failed Helm build is only a notice. */
export async function shellTools(
  { kubeconfig, kubectl, helm }: Access,
  { emit, signal }: Pick<TargetDependencies, 'emit' | 'signal'>,
): Promise<ShellTools> {
  try {
    return { kubeconfig, kubectl, helm: await helm() }
  } catch (error) {
    if (signal?.aborted || !(error instanceof PlatformError)) throw error
    const { code, message, hint } = error
    emit({ type: 'notice', level: 'warn', message: `helm is not available: ${code}: ${message}`, hint })
    return { kubeconfig, kubectl, helm: undefined }
  }
}

/**
 * Lines for `eval` in sh, bash, zsh and dash. They put kubectl and helm first on PATH, only once even if repeated, and set
 * KUBECONFIG. Helm's own variables would take precedence, so they are unset. The node's other binaries stay off PATH.
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

/** Links kubectl and helm into a folder next to the kubeconfig. Returns the folder. */
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
