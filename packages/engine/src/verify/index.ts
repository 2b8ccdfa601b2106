export { openSession } from '../session/session.ts'
export { generalCheckIds } from './general-checks.ts'
export { withProofContext } from './proof-context.ts'
export { checksOf, loadChecks, verifyComponent } from './verify.ts'
