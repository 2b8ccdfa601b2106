{{- /* Arguments, not a file: a change of them replaces the pods by itself. */ -}}
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
{{- /* So that a pod that ends is still asked whether it is ready, and says no. */}}
- --entryPoints.traefik.transport.lifeCycle.requestAcceptGraceTimeout={{ .Values.shutdown.acceptSeconds }}s
- --entryPoints.traefik.transport.lifeCycle.graceTimeOut=1s
- --entryPoints.web.address=:8000
- --entryPoints.websecure.address=:8443
- --entryPoints.websecure.http.tls=true
{{- range $name := list "web" "websecure" }}
- --entryPoints.{{ $name }}.asDefault=true
{{- /* A client can't pass itself off behind X_Forwarded_For. */}}
- --entryPoints.{{ $name }}.http.aliasHeadersStrategy=delete
- --entryPoints.{{ $name }}.transport.lifeCycle.requestAcceptGraceTimeout={{ $.Values.shutdown.acceptSeconds }}s
- --entryPoints.{{ $name }}.transport.lifeCycle.graceTimeOut={{ $.Values.shutdown.drainSeconds }}s
{{- with $.Values.trustedProxies }}
- --entryPoints.{{ $name }}.forwardedHeaders.trustedIPs={{ join "," . }}
{{- end }}
{{- end }}
- --providers.file.directory=/etc/traefik/dynamic
- --providers.file.watch=true
- --providers.kubernetesIngress=true
- --providers.kubernetesIngress.ingressClass=traefik
- --providers.kubernetesIngress.strictPrefixMatching=true
- --providers.kubernetesIngress.allowExternalNameServices=false
- --providers.kubernetesIngress.ingressEndpoint.publishedService={{ .Release.Namespace }}/{{ .Release.Name }}
{{- with .Values.extraArgs }}
{{ toYaml . }}
{{- end }}
{{- end }}
