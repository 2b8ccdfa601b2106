import { ExitCode, PlatformError, withoutCredentials } from '@platform/core'
import type { NeedResult } from '../target.ts'
import type { Machine } from './machine.ts'

/** Purpose of a requirement: building toolchain and images, running the node, or reaching registries. */
export type Purpose = 'build' | 'node' | 'registries'

/** Result of one check of the machine. */
export type Finding = Pick<NeedResult, 'status' | 'detail' | 'fix'>

/** One requirement on the machine. */
export interface Need {
  readonly id: string
  /** What is needed, in a few words. */
  readonly title: string
  /** Empty: only `preflight` checks it. */
  readonly purposes: readonly Purpose[]
  /** Error code if only this requirement is not met: `ROOT_REQUIRED`. */
  readonly code: string
  /** If it fails, others fail as a consequence, so only this one is reported. */
  readonly decisive?: boolean
  /** Only reads. A thrown error counts as failed. */
  check(machine: Machine): Promise<Finding> | Finding
}

export const ok = (detail: string): Finding => ({ status: 'ok', detail })
export const failed = (detail: string, fix?: string): Finding => ({ status: 'failed', detail, fix })
export const warning = (detail: string, fix?: string): Finding => ({ status: 'warning', detail, fix })

/** Runs all checks concurrently. Returns the results in order, with passwords redacted. */
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

/** A registry's URL may contain a password, and its client may print it. */
function shown({ status, detail, fix }: Finding): Finding {
  return { status, detail: withoutCredentials(detail), fix: fix && withoutCredentials(fix) }
}

/**
 * Throws if a requirement is not met: one failure with its own code, several as PREFLIGHT_FAILED with the whole list.
 * Exit code 2: nothing was changed.
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
    : `${failures.length} requirements are not met:\n${lines.join('\n')}`
  throw new PlatformError(code ?? 'PREFLIGHT_FAILED', message, {
    hint: (code && first.fix) || 'pnpm preflight',
    exitCode: ExitCode.usage,
  })
}
