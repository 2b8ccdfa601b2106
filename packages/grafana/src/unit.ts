import { componentUnit } from '@platform/engine'
import { component } from './component.ts'

export const unit = componentUnit(component)
