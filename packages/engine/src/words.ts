export { readWords } from './commands/words.ts'
export { textTable } from './text-table.ts'
