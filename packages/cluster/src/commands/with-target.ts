import { loadSettings, type MainContext, stderrEmit, systemRunner } from '@platform/core'
import { createTarget } from '../create-target.ts'
import type { Target, TargetDependencies } from '../target.ts'

/** Runs `work` on the target of the settings. Progress goes to stderr. */
export async function withTarget<T>(
  { env, signal }: MainContext,
  work: (target: Target, dependencies: TargetDependencies) => Promise<T>,
): Promise<T> {
  const settings = loadSettings({ env })
  return withDependencies({ env, signal }, async (dependencies) =>
    work(await createTarget(settings, dependencies), dependencies),
  )
}

/** Runs `work` with the dependencies of a command that runs in its own process. */
export async function withDependencies<T>(
  { env, signal }: Pick<MainContext, 'env' | 'signal'>,
  work: (dependencies: TargetDependencies) => Promise<T>,
): Promise<T> {
  const { emit, end } = stderrEmit(env)
  try {
    return await work({ runner: systemRunner, emit, signal })
  } finally {
    end()
  }
}
