import type { Endpoint } from '@platform/engine'

/** Grafana's Service. */
export const endpoint: Endpoint = { namespace: 'monitoring', service: 'grafana-dashboard', port: 80 }

/** The Secret with the admin's name and password, as the guide reads it. */
export const admin = { name: 'grafana-dashboard', user: 'admin-user', password: 'admin-password' } as const
