import { defineDrills } from '@platform/engine'
import { alertMutations } from './drills/alerts.ts'
import { configMutations } from './drills/config.ts'
import { faults } from './drills/faults.ts'
import { objectMutations } from './drills/objects.ts'
import { restarts } from './drills/restarts.ts'

/**
 * Each check of monitoring is the caughtBy of at least one mutation. Mutations of alerts come first, because the others stay
 * in the time window of some alerts for a minute.
 */
export const drills = defineDrills([...alertMutations, ...objectMutations, ...configMutations, ...restarts, ...faults])
