import { defineDrills } from '@platform/engine'
import { objectMutations } from './drills/objects.ts'
import { podDrills } from './drills/pods.ts'

/** Each check of the ingress is failed first by one of these, and the general one of Ingress addresses too. */
export const drills = defineDrills([...objectMutations, ...podDrills])
