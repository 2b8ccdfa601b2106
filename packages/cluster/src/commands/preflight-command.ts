import { ExitCode, type MainContext, styleText, usageError, wantsColor } from '@platform/core'
import type { NeedResult } from '../target.ts'
import { withTarget } from './with-target.ts'

/** `pnpm preflight [--json]`: every need, one line each; 1 when one is not met. */
export async function preflightCommand(main: MainContext): Promise<number> {
  const words = main.args.filter((word) => word !== '--')
  const unknown = words.filter((word) => word !== '--json')
  if (unknown.length) throw usageError('BAD_CALL', `preflight takes --json, not ${unknown.join(' ')}`, 'pnpm preflight')
  const { kind, needs } = await withTarget(main, async (target) => ({
    kind: target.kind,
    needs: await target.preflight(),
  }))
  const passed = needs.every(({ status }) => status !== 'failed')
  const color = wantsColor(process.stdout, main.env)
  const json = words.includes('--json')
  main.print(json ? JSON.stringify({ verb: 'preflight', target: kind, ok: passed, needs }) : formatNeeds(needs, color))
  return passed ? ExitCode.done : ExitCode.failed
}

/** One line a need; below one that is not met, the command that mends it. */
export function formatNeeds(needs: readonly NeedResult[], color: boolean): string {
  const marks = {
    ok: styleText('green', 'ok  ', color),
    failed: styleText('red', 'FAIL', color),
    warning: styleText('yellow', 'warn', color),
  }
  return needs
    .map(({ status, what, detail, mend }) => {
      const line = `${marks[status]} ${what}: ${detail.split('\n').join('\n       ')}`
      return status !== 'ok' && mend ? `${line}\n       mend: ${mend}` : line
    })
    .join('\n')
}
