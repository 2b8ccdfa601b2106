export { type Shown, shownBy } from './data.ts'
export { type Diagnosis, diagnose, type SilentQuery } from './diagnose.ts'
export { inParallel } from './pool.ts'
export {
  type ChosenQuery,
  type Proof,
  type ProvedDashboard,
  type ProvedQuery,
  proveDashboards,
} from './prove.ts'
export { type Rewriting, rewritePromql } from './rewrite.ts'
