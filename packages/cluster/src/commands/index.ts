export { bindCommand } from './bind-command.ts'
export { preflightCommand } from './preflight-command.ts'
export { shellenvCommand } from './shellenv-command.ts'
export { toolCommand } from './tool-command.ts'
