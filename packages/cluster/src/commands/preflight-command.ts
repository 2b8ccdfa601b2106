import { ExitCode, type MainContext, styleText, usageError, wantsColor } from '@platform/core'
import type { PreflightDocument } from '@platform/core/documents'
import type { NeedResult, Target } from '../target.ts'
import { withTarget } from './with-target.ts'

/** `pnpm preflight [--json]`: prints one line per requirement. Exit code 1 if one is not met. */
export async function preflightCommand(main: MainContext): Promise<number> {
  const words = main.args.filter((word) => word !== '--')
  const unknown = words.filter((word) => word !== '--json')
  if (unknown.length)
    throw usageError('INVALID_ARGUMENTS', `preflight takes --json, not ${unknown.join(' ')}`, 'pnpm preflight')
  const document = await withTarget(main, async (target) => preflightDocument(target.kind, await target.preflight()))
  const color = wantsColor(process.stdout, main.env)
  const json = words.includes('--json')
  main.print(json ? JSON.stringify(document) : formatNeeds(document.needs, color))
  return document.ok ? ExitCode.done : ExitCode.failed
}

/** The output of `--json`. */
export function preflightDocument(target: Target['kind'], needs: readonly NeedResult[]): PreflightDocument {
  return { verb: 'preflight', target, ok: needs.every(({ status }) => status !== 'failed'), needs: [...needs] }
}

/** One line per requirement. An unmet one is followed by the command that fixes it. */
export function formatNeeds(needs: readonly NeedResult[], color: boolean): string {
  const marks = {
    ok: styleText('green', 'ok  ', color),
    failed: styleText('red', 'FAIL', color),
    warning: styleText('yellow', 'warn', color),
  }
  return needs
    .map(({ status, title, detail, fix }) => {
      const line = `${marks[status]} ${title}: ${detail.split('\n').join('\n       ')}`
      return status !== 'ok' && fix ? `${line}\n       fix: ${fix}` : line
    })
    .join('\n')
}
