import { ExitCode, PlatformError, withoutCredentials } from '@platform/core'
import type { NeedResult } from '../target.ts'
import type { Machine } from './machine.ts'

/** What a need is for: building the toolchain and the images, running the node, or reaching what is not on this machine. */
export type Purpose = 'build' | 'node' | 'registries'

/** What a look at the machine found. */
export type Finding = Pick<NeedResult, 'status' | 'detail' | 'mend'>

/** One thing that the machine must offer. */
export interface Need {
  readonly id: string
  /** What is needed, in a few words. */
  readonly what: string
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
export const failed = (detail: string, mend?: string): Finding => ({ status: 'failed', detail, mend })
export const warning = (detail: string, mend?: string): Finding => ({ status: 'warning', detail, mend })

/** Looks at all of them at once; every result is there, in order, and shows no passwords. */
export function checkNeeds(needs: readonly Need[], machine: Machine): Promise<NeedResult[]> {
  return Promise.all(
    needs.map(async ({ id, what, check }) => {
      try {
        return { id, what, ...shown(await check(machine)) }
      } catch (error) {
        const detail = error instanceof Error ? error.message : String(error)
        const mend = error instanceof PlatformError ? error.hint : undefined
        return { id, what, ...shown({ status: 'failed', detail, mend }) }
      }
    }),
  )
}

/** A registry's URL may hold a password, and its client may repeat it. */
function shown({ status, detail, mend }: Finding): Finding {
  return { status, detail: withoutCredentials(detail), mend: mend && withoutCredentials(mend) }
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
  const lines = failures.map(({ what, detail, mend }) => `  ${what}: ${detail}${mend ? `\n    mend: ${mend}` : ''}`)
  const message = code
    ? `${first.what}: ${first.detail}`
    : `this machine lacks ${failures.length} things:\n${lines.join('\n')}`
  throw new PlatformError(code ?? 'PREFLIGHT_FAILED', message, {
    hint: (code && first.mend) || 'pnpm preflight',
    exitCode: ExitCode.usage,
  })
}
