import { PlatformError } from './errors.ts'
import { combineExitCodes } from './exit-code.ts'

/**
 * Waits for all promises and throws one error with all failures, so that a user can fix them in one go. A bug stays a bug.
 * Equal errors are reported once. If all have the same code, the combined error has it too.
 *
 * @throws the bug, if there is one; else PlatformError, SEVERAL when the codes differ
 */
export async function gather<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(work)
  const reasons = results.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []))
  if (reasons.length) throw combineErrors(reasons)
  return results.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
}

/** Combines the errors into one. Pure. */
export function combineErrors(reasons: readonly unknown[]): unknown {
  const bug = reasons.find((reason) => !(reason instanceof PlatformError))
  if (bug !== undefined) return bug
  const all = reasons as readonly PlatformError[]
  const errors = [...new Map(all.map((error) => [`${error.code} ${error.message}`, error])).values()]
  const [first, ...others] = errors
  if (!first || !others.length) return first
  const codes = new Set(errors.map(({ code }) => code))
  const hints = new Set(errors.map(({ hint }) => hint))
  const messages = errors.map(({ code, message, hint }) => {
    const text = codes.size > 1 ? `${code}: ${message}` : message
    return hint && hints.size > 1 ? `${text}\n  hint: ${hint}` : text
  })
  return new PlatformError(codes.size > 1 ? 'SEVERAL' : first.code, messages.join('\n'), {
    hint: hints.size > 1 ? undefined : first.hint,
    cause: new AggregateError(errors),
    exitCode: combineExitCodes(errors.map(({ exitCode }) => exitCode)),
  })
}
