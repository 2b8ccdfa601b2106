import { defineUnit, type Unit } from '@platform/core'
import type { Component } from './component/component.ts'

/**
 * The unit of a component: up, down, plan and verify call it. Each part is loaded only when needed, because a call without
 * changes only plans.
 */
export function componentUnit(component: Component): Unit {
  return defineUnit({
    name: component.name,
    async plan(context, intent) {
      const { planUnit } = await import('./plan/plan-unit.ts')
      return planUnit(context, component, intent)
    },
    async up(context) {
      const { applyComponent } = await import('./apply/apply.ts')
      return applyComponent(context, component)
    },
    async down(context, options) {
      const { removeComponent } = await import('./down/remove.ts')
      return removeComponent(context, component, options)
    },
    async verify(context) {
      const { verifyComponent } = await import('./verify/verify.ts')
      return verifyComponent(context, component)
    },
  })
}
