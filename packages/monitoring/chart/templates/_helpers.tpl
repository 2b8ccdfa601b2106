{{/* The labels of an object. Takes a dict with `root` and `name` (server, alertmanager, node-exporter, …). */}}
{{- define "monitoring.labels" -}}
{{ include "monitoring.selector" . }}
app.kubernetes.io/component: {{ .component | default .name }}
app.kubernetes.io/part-of: observable-platform
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{/* The selector labels of its pods. */}}
{{- define "monitoring.selector" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end }}

{{/*
The annotations of every pod of this chart: the digest of its image, and no direct scraping, because a job or the pod's
Service covers it.
*/}}
{{- define "monitoring.podAnnotations" -}}
{{- with index .root.Values.global.images .image }}
platform.local/images: {{ .digest | quote }}
{{- end }}
prometheus.io/scrape: "false"
{{- end }}

{{- define "monitoring.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65534
runAsGroup: 65534
fsGroup: 65534
# Avoids a recursive chown of large volumes at every start.
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "monitoring.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop:
    - ALL
{{- end }}

{{/*
An Ingress. Takes a dict with `root`, `name` and `component` for labels, `service` (name of the Ingress and its Service) and
`ingress` (values).
*/}}
{{- define "monitoring.ingress" -}}
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {{ .service }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "monitoring.labels" . | nindent 4 }}
  {{- if or .ingress.auth .ingress.annotations }}
  annotations:
    {{- if .ingress.auth }}
    traefik.ingress.kubernetes.io/router.middlewares: auth@file
    {{- end }}
    {{- with .ingress.annotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- end }}
spec:
  ingressClassName: {{ .ingress.className }}
  rules:
    {{- range .ingress.hosts }}
    - host: {{ . | quote }}
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: {{ $.service }}
                port:
                  name: http
    {{- end }}
{{- end }}
