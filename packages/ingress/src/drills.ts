import { defineDrills } from '@platform/engine'
import { serverErrors } from './drills/errors.ts'
import { objectMutations } from './drills/objects.ts'
import { podDrills } from './drills/pods.ts'

/** For each check of the ingress, and for the general check of Ingress addresses, one drill that it detects first. */
export const drills = defineDrills([...objectMutations, ...podDrills, serverErrors])
