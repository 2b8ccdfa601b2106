import type { Renames } from './types.ts'

/** Source: Traefik's documentation, "Metrics" of 1.7, 2 and 3. */
export const traefik3: Renames = {
  since: 'Traefik 1→3',
  metrics: [
    {
      from: 'traefik_backend_server_up',
      to: 'traefik_service_server_up',
      labels: { backend: 'service' },
    },
    { from: 'traefik_backend_open_connections', to: 'traefik_open_connections', labels: { backend: 'entrypoint' } },
    { from: 'traefik_backend_*', to: 'traefik_service_*', labels: { backend: 'service' } },
    { from: 'traefik_entrypoint_open_connections', to: 'traefik_open_connections' },
    { from: 'traefik_requests_total', to: 'traefik_entrypoint_requests_total' },
    { from: 'traefik_request_duration_seconds*', to: 'traefik_entrypoint_request_duration_seconds*' },
  ],
  labels: [
    { of: 'traefik_service_', from: 'backend', to: ['service'] },
    { of: 'traefik_entrypoint_', from: 'service', to: ['entrypoint'] },
  ],
  gone: [
    {
      name: 'traefik_config_reloads_failure_total',
      why: 'Traefik 3 counts reloads only: traefik_config_reloads_total',
    },
    { name: 'traefik_config_last_reload_failure', why: 'Traefik 3 has traefik_config_last_reload_success only' },
  ],
}
