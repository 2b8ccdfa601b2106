import { componentUnit } from '@platform/engine'
import { component } from './component.ts'

/** The unit for up, down, plan and verify. */
export const unit = componentUnit(component)
