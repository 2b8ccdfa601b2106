import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { type Environment, loadSettings, type MainContext } from '@platform/core'
import type { ShellDocument } from '@platform/core/documents'
import { withoutForeign } from '../foreign-environment.ts'
import { passedArguments, passThrough } from '../pass-through.ts'
import { linkTools, shellLines, shellTools } from '../shellenv.ts'
import { withTarget } from './with-target.ts'

/**
 * `pnpm shell`: starts the user's shell with kubectl, helm and KUBECONFIG, and the cluster's name in the prompt. Arguments
 * go to the shell: `pnpm shell -c 'kubectl get nodes'`. `--json` prints the tools instead.
 */
export async function shellCommand(main: MainContext): Promise<number> {
  const { TARGET, CLUSTER_NAME, KUBE_CONTEXT } = loadSettings({ env: main.env })
  const cluster = TARGET === 'context' ? (KUBE_CONTEXT ?? 'context') : CLUSTER_NAME
  const tools = await withTarget(main, async (target, dependencies) => shellTools(await target.access(), dependencies))
  const folder = linkTools(tools)
  const words = passedArguments(main.args)
  if (words.length === 1 && words[0] === '--json') {
    const document: ShellDocument = { verb: 'shell', cluster, ...tools }
    main.print(JSON.stringify(document))
    return 0
  }
  const shell = main.env.SHELL || '/bin/sh'
  const lines = shellLines(folder, tools.kubeconfig)
  const interactive = !words.length && Boolean(process.stdin.isTTY)
  const start = interactive
    ? shellStart({ shell, lines, cluster, folder: join(dirname(tools.kubeconfig), 'shell') })
    : { args: words, env: {}, files: {} }
  for (const [file, text] of Object.entries(start.files)) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  const path = [folder, main.env.PATH].filter(Boolean).join(':')
  return passThrough(shell, start.args, {
    env: { ...withoutForeign(), ...start.env, PATH: path, KUBECONFIG: tools.kubeconfig },
    cwd: main.env.INIT_CWD,
  })
}

interface ShellStart {
  readonly args: readonly string[]
  readonly env: Environment
  /** Startup files of the shell, by path. */
  readonly files: Readonly<Record<string, string>>
}

/**
 * How to start a shell so that our changes of PATH and prompt come after the user's own startup files. Pure.
 */
export function shellStart({
  shell,
  lines,
  cluster,
  folder,
}: {
  readonly shell: string
  readonly lines: string
  readonly cluster: string
  readonly folder: string
}): ShellStart {
  const own = (files: readonly string[]) => files.map((file) => `[ -r ~/${file} ] && . ~/${file}`)
  const name = basename(shell)
  if (name === 'bash') {
    const file = join(folder, 'bashrc')
    // Like a login shell: the first of these files that exists, then .bashrc, which that file may not read.
    const login = 'if [ -r ~/.bash_profile ]; then . ~/.bash_profile; elif [ -r ~/.profile ]; then . ~/.profile; fi'
    const text = [login, ...own(['.bashrc']), lines, `PS1="(${cluster}) $PS1"`, ''].join('\n')
    return { args: ['--rcfile', file, '-i'], env: {}, files: { [file]: text } }
  }
  if (name === 'zsh') {
    const text = [...own(['.zprofile', '.zshrc']), lines, `PROMPT="(${cluster}) $PROMPT"`, ''].join('\n')
    return { args: ['-i'], env: { ZDOTDIR: folder }, files: { [join(folder, '.zshrc')]: text } }
  }
  if (name === 'fish') {
    const prompt = `functions -c fish_prompt platform_prompt; function fish_prompt; echo -n '(${cluster}) '; platform_prompt; end`
    return { args: ['--interactive', '--init-command', prompt], env: {}, files: {} }
  }
  const file = join(folder, 'shrc')
  const text = [...own(['.profile']), lines, `PS1="(${cluster}) $PS1"`, ''].join('\n')
  return { args: ['-i'], env: { ENV: file }, files: { [file]: text } }
}
