import type { UnitContext } from '@platform/core'
import type { Component } from '../component/component.ts'
import type { Session } from '../session/session.ts'
import type { DesiredRelease } from '../values/types.ts'

/** What the steps of one `up` of one component share. */
export interface ComponentRun {
  readonly context: UnitContext
  readonly component: Component
  readonly session: Session
  readonly desired: DesiredRelease
  readonly signal: AbortSignal
  readonly runId: string
}
