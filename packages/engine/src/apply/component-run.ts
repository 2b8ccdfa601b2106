import type { UnitContext } from '@platform/core'
import type { Component } from '../component/component.ts'
import type { Session } from '../session/session.ts'
import type { DesiredRelease } from '../values/types.ts'

/** One apply of one component, as its steps see it. */
export interface ComponentRun {
  readonly context: UnitContext
  readonly component: Component
  readonly session: Session
  readonly desired: DesiredRelease
  readonly signal: AbortSignal
  readonly runId: string
}
