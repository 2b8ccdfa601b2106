import { ExitCode, PlatformError, withoutCredentials } from '@platform/core'
import type { NeedResult } from '../target.ts'
import type { Machine } from './machine.ts'

/** What a need is for: building the toolchain and the images, running the node, or reaching what is not on this machine. */
export type Purpose = 'build' | 'node' | 'registries'

/** What a look at the machine found. */
export type Finding = Pick<NeedResult, 'status' | 'detail' | 'fix'>

/** One thing that the machine must offer. */
export interface Need {
  readonly id: string
  /** What is needed, in a few words. */
  readonly title: string
  /** None: only `preflight` tells. */
  readonly purposes: readonly Purpose[]
  /** The code of the error when it alone is missing: `ROOT_REQUIRED`. */
  readonly code: string
  /** Without it others fail as a consequence: then it alone is reported. */
  readonly decisive?: boolean
  /** Looks; changes nothing. A thrown error is a failed need. */
  check(machine: Machine): Promise<Finding> | Finding
}

export const ok = (detail: string): Finding => ({ status: 'ok', detail })
export const failed = (detail: string, fix?: string): Finding => ({ status: 'failed', detail, fix })
export const warning = (detail: string, fix?: string): Finding => ({ status: 'warning', detail, fix })

/** Looks at all of them at once; every result is there, in order, and shows no passwords. */
export function checkNeeds(needs: readonly Need[], machine: Machine): Promise<NeedResult[]> {
  return Promise.all(
    needs.map(async ({ id, title, check }) => {
      try {
        return { id, title, ...shown(await check(machine)) }
      } catch (error) {
        const detail = error instanceof Error ? error.message : String(error)
        const fix = error instanceof PlatformError ? error.hint : undefined
        return { id, title, ...shown({ status: 'failed', detail, fix }) }
      }
    }),
  )
}

/** A registry's URL may hold a password, and its client may repeat it. */
function shown({ status, detail, fix }: Finding): Finding {
  return { status, detail: withoutCredentials(detail), fix: fix && withoutCredentials(fix) }
}

/**
 * Throws when something needed is missing: one failure with its own code, several as PREFLIGHT_FAILED that lists them
 * all. Exit code 2: nothing was touched.
 */
export function requireNeeds(needs: readonly Need[], results: readonly NeedResult[]): void {
  const all = results.filter(({ status }) => status === 'failed')
  const decisive = all.filter(({ id }) => needs.some((need) => need.id === id && need.decisive))
  const failures = decisive.length > 0 ? decisive.slice(0, 1) : all
  const [first] = failures
  if (!first) return
  const code = failures.length === 1 ? needs.find(({ id }) => id === first.id)?.code : undefined
  const lines = failures.map(({ title, detail, fix }) => `  ${title}: ${detail}${fix ? `\n    fix: ${fix}` : ''}`)
  const message = code
    ? `${first.title}: ${first.detail}`
    : `this machine lacks ${failures.length} things:\n${lines.join('\n')}`
  throw new PlatformError(code ?? 'PREFLIGHT_FAILED', message, {
    hint: (code && first.fix) || 'pnpm preflight',
    exitCode: ExitCode.usage,
  })
}
