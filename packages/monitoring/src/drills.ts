import { defineDrills } from '@platform/engine'
import { configMutations } from './drills/config.ts'
import { objectMutations } from './drills/objects.ts'
import { restarts } from './drills/restarts.ts'

/** Each check of monitoring is failed first by one of these mutations at least. */
export const drills = defineDrills([...objectMutations, ...configMutations, ...restarts])
