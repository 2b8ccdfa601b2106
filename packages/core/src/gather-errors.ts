import { PlatformError } from './errors.ts'
import { combineExitCodes } from './exit-code.ts'

/**
 * Waits for all, and throws one error for all that failed: who mends the first should not meet the second only then. A bug
 * stays a bug. The same words of several are said once; one code of several stays the code.
 *
 * @throws the bug; else PlatformError, SEVERAL when the codes differ
 */
export async function gather<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const ended = await Promise.allSettled(work)
  const reasons = ended.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []))
  if (reasons.length) throw oneError(reasons)
  return ended.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
}

/** Pure. */
export function oneError(reasons: readonly unknown[]): unknown {
  const bug = reasons.find((reason) => !(reason instanceof PlatformError))
  if (bug !== undefined) return bug
  const all = reasons as readonly PlatformError[]
  const errors = [...new Map(all.map((error) => [`${error.code} ${error.message}`, error])).values()]
  const [first, ...others] = errors
  if (!first || !others.length) return first
  const codes = new Set(errors.map(({ code }) => code))
  const hints = new Set(errors.map(({ hint }) => hint))
  const told = errors.map(({ code, message, hint }) => {
    const text = codes.size > 1 ? `${code}: ${message}` : message
    return hint && hints.size > 1 ? `${text}\n  hint: ${hint}` : text
  })
  return new PlatformError(codes.size > 1 ? 'SEVERAL' : first.code, told.join('\n'), {
    hint: hints.size > 1 ? undefined : first.hint,
    cause: new AggregateError(errors),
    exitCode: combineExitCodes(errors.map(({ exitCode }) => exitCode)),
  })
}
