import { defineChecks } from '@platform/engine'
import { alertmanagerChecks } from './checks/alertmanager.ts'
import { alertChecks } from './checks/alerts.ts'
import { annotatedChecks } from './checks/annotated.ts'
import { contractChecks } from './checks/contract.ts'
import { limitAgreementChecks } from './checks/limit-agreement.ts'
import { limitChecks } from './checks/limits.ts'
import { pageChecks } from './checks/pages.ts'
import { ruleChecks } from './checks/rules.ts'
import { serverChecks } from './checks/server.ts'
import { targetChecks } from './checks/targets.ts'

/**
 * In dependency order: reachability and configuration of Prometheus, targets, rules, Alertmanager; then the content of the
 * data.
 */
export const checks = defineChecks([
  ...serverChecks,
  ...targetChecks,
  ...ruleChecks,
  ...alertmanagerChecks,
  ...annotatedChecks,
  ...limitChecks,
  ...limitAgreementChecks,
  ...contractChecks,
  ...pageChecks,
  ...alertChecks,
])
