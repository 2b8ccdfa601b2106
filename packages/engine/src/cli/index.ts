export { parseCommandLine } from './arguments.ts'
export { textTable } from './text-table.ts'
