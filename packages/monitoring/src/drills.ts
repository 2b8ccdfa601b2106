import { defineDrills } from '@platform/engine'
import { alertMutations } from './drills/alerts.ts'
import { configMutations } from './drills/config.ts'
import { faults } from './drills/faults.ts'
import { objectMutations } from './drills/objects.ts'
import { restarts } from './drills/restarts.ts'

/**
 * Each check of monitoring is failed first by one of these mutations at least. Alerts come first: what the others break is
 * within the window of some alert for a minute.
 */
export const drills = defineDrills([...alertMutations, ...objectMutations, ...configMutations, ...restarts, ...faults])
