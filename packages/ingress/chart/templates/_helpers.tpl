{{- define "ingress.selector" -}}
app.kubernetes.io/name: traefik
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "ingress.labels" -}}
{{ include "ingress.selector" . }}
app.kubernetes.io/component: ingress
app.kubernetes.io/version: {{ .Chart.AppVersion }}
app.kubernetes.io/part-of: observable-platform
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}
