import { defineDrills } from '@platform/engine'
import { accountMutations } from './account-mutations.ts'
import { mysqlDown } from './mysql-down.ts'
import { objectMutations } from './object-mutations.ts'
import { restarts } from './restarts.ts'

export const drills = defineDrills([...accountMutations, ...objectMutations, ...restarts, mysqlDown])
