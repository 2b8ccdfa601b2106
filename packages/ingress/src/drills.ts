import { defineDrills } from '@platform/engine'
import { serverErrors } from './drills/errors.ts'
import { objectMutations } from './drills/objects.ts'
import { podDrills } from './drills/pods.ts'

/** Each check of the ingress is failed first by one of these, and the general one of Ingress addresses too. */
export const drills = defineDrills([...objectMutations, ...podDrills, serverErrors])
