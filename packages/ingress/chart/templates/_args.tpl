{{- /* Arguments, not a file: a change replaces the pods. */ -}}
{{- define "ingress.args" -}}
- --global.checkNewVersion=false
- --global.sendAnonymousUsage=false
- --log.format=json
- --log.level={{ .Values.logLevel }}
{{- if .Values.accessLog.enabled }}
- --accessLog=true
- --accessLog.format=json
{{- end }}
- --api=true
- --api.dashboard=true
- --api.disableDashboardAd=true
- --ping=true
- --ping.entryPoint=traefik
- --metrics.prometheus=true
- --metrics.prometheus.entryPoint=traefik
- --metrics.prometheus.addEntryPointsLabels=true
- --metrics.prometheus.addRoutersLabels=true
- --metrics.prometheus.addServicesLabels=true
- --entryPoints.traefik.address=:8080
{{- /* A terminating pod still answers the readiness probe, as not ready. */}}
- --entryPoints.traefik.transport.lifeCycle.requestAcceptGraceTimeout={{ .Values.shutdown.acceptSeconds }}s
- --entryPoints.traefik.transport.lifeCycle.graceTimeOut=1s
- --entryPoints.web.address=:8000
- --entryPoints.websecure.address=:8443
- --entryPoints.websecure.http.tls=true
{{- /* Prevents clients from spoofing X_Forwarded_For. */}}
{{- range $name := list "traefik" "web" "websecure" }}
- --entryPoints.{{ $name }}.http.aliasHeadersStrategy=delete
{{- end }}
{{- range $name := list "web" "websecure" }}
- --entryPoints.{{ $name }}.asDefault=true
- --entryPoints.{{ $name }}.transport.lifeCycle.requestAcceptGraceTimeout={{ $.Values.shutdown.acceptSeconds }}s
- --entryPoints.{{ $name }}.transport.lifeCycle.graceTimeOut={{ $.Values.shutdown.drainSeconds }}s
{{- with $.Values.trustedProxies }}
- --entryPoints.{{ $name }}.forwardedHeaders.trustedIPs={{ join "," . }}
{{- end }}
{{- end }}
{{- /* The file, not its folder: a mounted ConfigMap has each file twice. */}}
- --providers.file.filename=/etc/traefik/dynamic/platform.yaml
- --providers.file.watch=true
- --providers.kubernetesIngress=true
- --providers.kubernetesIngress.ingressClass=traefik
- --providers.kubernetesIngress.strictPrefixMatching=true
{{- /* A host without ready pods answers 503, not 404 like an unknown host. */}}
- --providers.kubernetesIngress.allowEmptyServices=true
- --providers.kubernetesIngress.allowExternalNameServices=false
- --providers.kubernetesIngress.ingressEndpoint.publishedService={{ .Release.Namespace }}/{{ .Release.Name }}
{{- with .Values.extraArgs }}
{{ toYaml . }}
{{- end }}
{{- end }}
