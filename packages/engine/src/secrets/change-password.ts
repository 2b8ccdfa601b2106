import { PlatformError } from '@platform/core'
import type { ProofScope } from '../verify/proof-context.ts'
import type { DesiredSecret } from './desired-secret.ts'

/** Applies changed keys of a Secret to the running server. If it throws, nothing was changed. */
export async function changePassword(
  work: Pick<ProofScope, 'context' | 'component' | 'session' | 'signal'>,
  { definition, stored, data, changed }: DesiredSecret,
): Promise<void> {
  const { component, context, session, signal } = work
  const { withProofContext } = await import('../verify/proof-context.ts')
  try {
    await withProofContext({ context, component, session, signal }, async (proof) =>
      definition.change?.(proof, { stored: stored ?? {}, wanted: data, keys: changed }),
    )
  } catch (error) {
    signal.throwIfAborted()
    const why = error instanceof Error ? error.message : String(error)
    throw new PlatformError(
      'PASSWORD_CHANGE_FAILED',
      `cannot change ${changed.join(', ')} in the running ${component.name}; nothing was changed: ${why}`,
      { hint: error instanceof PlatformError ? error.hint : `pnpm verify ${component.name}`, cause: error },
    )
  }
}
