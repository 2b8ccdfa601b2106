{{/* The selector labels. Never change them: a StatefulSet's selector is immutable. */}}
{{- define "storage.selector" -}}
app.kubernetes.io/name: mysql
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* The labels of every object. Argument: the root and, optionally, another name, as (list $ "mysqld-exporter"). */}}
{{- define "storage.labels" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ index . 1 }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
app.kubernetes.io/part-of: observable-platform
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version }}
{{- end }}

{{/* The server's section of my.cnf. The chart's own lines follow the settings, so they take precedence. */}}
{{- define "storage.config" -}}
[mysqld]
{{- range $name, $value := .Values.mysqld }}
{{- if kindIs "invalid" $value }}
{{- else if kindIs "bool" $value }}
{{ $name }}={{ ternary "ON" "OFF" $value }}
{{- else if kindIs "float64" $value }}
{{ $name }}={{ int64 $value }}
{{- else }}
{{ $name }}={{ $value }}
{{- end }}
{{- end }}
datadir=/var/lib/mysql/data
socket=/run/mysqld/mysqld.sock
pid_file=/var/lib/mysql/data/mysqld.pid
tmpdir=/tmp
port=3306
mysqlx=OFF
secure_file_priv=NULL
{{- end }}

{{/* The digests of the images that the pod runs, in one line; empty where they are not known. */}}
{{- define "storage.imageDigests" -}}
{{- $digests := list }}
{{- $references := list .Values.images.mysql }}
{{- if .Values.exporter.enabled }}{{ $references = append $references .Values.images.mysqldExporter }}{{ end }}
{{- range $references }}
{{- with index $.Values.global.images . }}{{ $digests = append $digests .digest }}{{ end }}
{{- end }}
{{- join " " $digests }}
{{- end }}
