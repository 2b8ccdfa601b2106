{{/* What the Service and the Deployment find their pods by: never changed, a Deployment's selector can't be. */}}
{{- define "grafana.selector" -}}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/name: grafana
{{- end }}

{{- define "grafana.labels" -}}
{{ include "grafana.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: observable-platform
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{/* The name of the ConfigMap of one dashboard, from its file's name. */}}
{{- define "grafana.dashboard" -}}
grafana-dashboard-{{ trimSuffix ".json" . }}
{{- end }}
