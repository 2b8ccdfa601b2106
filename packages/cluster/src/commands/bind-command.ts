import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { loadSettings, type MainContext, usageError } from '@platform/core'
import type { BindDocument } from '@platform/core/documents'
import { bindingFile, bindingSettings, lookUpBinding, writeBinding } from '../bind.ts'
import { withDependencies } from './with-target.ts'

const usage = 'pnpm bind [CONTEXT] [--write] [--json]'

/** `pnpm bind [CONTEXT] [--write]`: prints a context's cluster; with --write it writes the binding to the env file. */
export async function bindCommand(main: MainContext): Promise<number> {
  const { context, write, json } = readArguments(main.args)
  const file = bindingFile(main.env)
  // This command creates the env file of a second cluster, so ENV_FILE may not exist yet.
  const env = existsSync(file) ? main.env : { ...main.env, ENV_FILE: undefined }
  const settings = loadSettings({ env })
  const binding = await withDependencies(main, (dependencies) => lookUpBinding(settings, dependencies, { context }))
  if (write) writeBinding(file, binding)
  const lines = Object.entries(bindingSettings(binding)).map(([name, value]) => `${name}=${value}`)
  const outcome = write
    ? `written to ${file}`
    : `not written: pnpm bind '${binding.context}' --write puts them into ${file}`
  const text = [
    `context ${binding.context}`,
    `server  ${binding.server}`,
    `UID     ${binding.uid} (namespace kube-system)`,
    '',
    ...lines,
    '',
    outcome,
  ]
  const document: BindDocument = { verb: 'bind', ...binding, file, written: write }
  main.print(json ? JSON.stringify(document) : text.join('\n'))
  return 0
}

function readArguments(args: readonly string[]): { context: string | undefined; write: boolean; json: boolean } {
  try {
    const { values, positionals } = parseArgs({
      args: args.filter((word) => word !== '--'),
      options: { write: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
      allowPositionals: true,
    })
    if (positionals.length > 1) throw new Error(`one context, not ${positionals.length}`)
    return { context: positionals[0], write: values.write ?? false, json: values.json ?? false }
  } catch (error) {
    throw usageError('INVALID_ARGUMENTS', `${(error as Error).message}\nusage: ${usage}`, 'pnpm bind')
  }
}
