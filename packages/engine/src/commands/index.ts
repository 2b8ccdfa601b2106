export { openCommand } from './open-command.ts'
export { smokeCommand } from './smoke-command.ts'
export { statusCommand } from './status-command.ts'
