import { defineDrills } from '@platform/engine'
import { accountMutations } from './drills/accounts.ts'
import { mysqlDown } from './drills/mysql-down.ts'
import { objectMutations } from './drills/objects.ts'
import { restarts } from './drills/restarts.ts'

export const drills = defineDrills([...accountMutations, ...objectMutations, ...restarts, mysqlDown])
