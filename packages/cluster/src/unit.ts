import { defineUnit } from '@platform/core'
import { createTarget } from './create-target.ts'

/** The unit `cluster`: the embedded node or the bound context. */
export const unit = defineUnit({
  name: 'cluster',
  plan: async (context, intent) => (await createTarget(context.settings, context)).plan(intent),
  up: async (context) => (await createTarget(context.settings, context)).up(),
  down: async (context, options) => (await createTarget(context.settings, context)).down(options),
  // Only components have proofs.
  verify: async (context) => (context.proof ? [] : (await createTarget(context.settings, context)).verify()),
})
