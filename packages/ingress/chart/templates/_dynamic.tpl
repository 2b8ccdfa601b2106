{{- define "ingress.dynamic" -}}
http:
  middlewares:
    auth:
      {{- if .Values.auth.enabled }}
      basicAuth:
        usersFile: /etc/traefik/auth/users
        # The page behind it has no use for the password.
        removeHeader: true
      {{- else }}
      # Ingresses go on asking for auth@file: without it, Traefik would drop them.
      chain:
        middlewares: []
      {{- end }}
    dashboard-slash:
      redirectRegex:
        regex: '^(https?://[^/]+/dashboard)(\?.*)?$'
        replacement: '${1}/${2}'
  routers:
    # Not api.insecure: its own router for the dashboard can't have the redirect, and leaves /dashboard broken.
    dashboard:
      entryPoints: [traefik]
      rule: Path(`/`) || PathPrefix(`/dashboard`) || PathPrefix(`/api`)
      middlewares: [dashboard-slash]
      service: api@internal
{{- end }}
