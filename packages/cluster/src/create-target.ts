import type { Settings } from '@platform/core'
import type { Target, TargetDependencies } from './target.ts'

/** Imported on demand, so that a command loads only the target it uses. */
const implementations: Record<
  Settings['TARGET'],
  () => Promise<(settings: Settings, dependencies: TargetDependencies) => Target>
> = {
  embedded: async () => (await import('./embedded/embedded-target.ts')).embeddedTarget,
  context: async () => (await import('./context/context-target.ts')).contextTarget,
}

export async function createTarget(settings: Settings, dependencies: TargetDependencies): Promise<Target> {
  const create = await implementations[settings.TARGET]()
  return create(settings, dependencies)
}
