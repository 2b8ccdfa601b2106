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
 * In the order in which one thing stands on the other: Prometheus answers, has its configuration, finds what it is to
 * scrape, thinks, tells; then what is in its answers.
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
