import { defineChecks } from '@platform/engine'
import { dashboardChecks } from './checks/dashboard.ts'
import { loadBalancer } from './checks/load-balancer.ts'
import { observedChecks } from './checks/observed.ts'
import { routingChecks } from './checks/routing.ts'

/** In the order in which one thing stands on the other: an address, hosts on it, the pages, what is told of it all. */
export const checks = defineChecks([loadBalancer, ...routingChecks, ...dashboardChecks, ...observedChecks])
