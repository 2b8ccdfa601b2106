import { mkdirSync, readlinkSync, renameSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { shellQuote } from '@platform/core'
import type { Access } from './target.ts'

/**
 * Lines for `eval` in sh, bash, zsh and dash: kubectl and helm first on PATH (once, however often it is evaluated), and
 * KUBECONFIG. Only those two tools: the node's other binaries stay off the user's PATH.
 */
export function shellLines(folder: string, kubeconfig: string): string {
  const path = shellQuote([folder])
  return [
    `case ":$PATH:" in`,
    `  *:${path}:*) ;;`,
    `  *) export PATH=${path}:"$PATH" ;;`,
    `esac`,
    `export KUBECONFIG=${shellQuote([kubeconfig])}`,
    '',
  ].join('\n')
}

/** A folder beside the kubeconfig with kubectl and helm in it, as links to the right binaries. Returns the folder. */
export function linkTools({ kubeconfig, kubectl, helm }: Access): string {
  const folder = join(dirname(kubeconfig), 'bin')
  mkdirSync(folder, { recursive: true })
  link(kubectl, join(folder, 'kubectl'))
  link(helm, join(folder, 'helm'))
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
