import { defineChecks } from '@platform/engine'
import { dashboardChecks } from './checks/dashboard.ts'
import { loadBalancer } from './checks/load-balancer.ts'
import { observedChecks } from './checks/observed.ts'
import { routingChecks } from './checks/routing.ts'

/** In order of dependency: the address, its hosts, the pages, then metrics and logs. */
export const checks = defineChecks([loadBalancer, ...routingChecks, ...dashboardChecks, ...observedChecks])
