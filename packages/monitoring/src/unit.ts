import { componentUnit } from '@platform/engine'
import { component } from './component.ts'

/** Monitoring as a unit: what up, down, plan and verify call. */
export const unit = componentUnit(component)
