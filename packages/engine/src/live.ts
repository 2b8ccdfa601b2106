/** What reads a running platform beside verify: its components as they are, and the way to what they provide. */
export { loadComponents } from './components.ts'
export { manifestObjects } from './release/manifest-objects.ts'
export { readHistory, readRecord } from './release/read-release.ts'
export { openSession, type Session } from './session.ts'
export { type ComponentStatus, statusOf } from './status/status-of.ts'
export { capabilities } from './verify/capabilities.ts'
export { authorization, requestAt } from './verify/proof/http.ts'
export { withProofContext } from './verify/proof-context.ts'
