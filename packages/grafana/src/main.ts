import { runUnit } from '@platform/core'
import { unit } from './unit.ts'

await runUnit(unit)
