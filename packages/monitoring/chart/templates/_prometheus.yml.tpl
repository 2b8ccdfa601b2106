{{- define "monitoring.prometheus.yml" -}}
global:
  scrape_interval: {{ .Values.scrape.interval }}
  scrape_timeout: {{ .Values.scrape.timeout }}
  evaluation_interval: {{ .Values.scrape.interval }}
  {{- with .Values.server.externalLabels }}
  external_labels:
    {{- toYaml . | nindent 4 }}
  {{- end }}
rule_files:
  - /etc/prometheus/*.rules.yaml
alerting:
  alertmanagers:
    - static_configs:
        - targets:
            - prometheus-alertmanager.{{ .Release.Namespace }}.svc:80
scrape_configs:
  - job_name: prometheus
    static_configs:
      - targets:
          - localhost:9090
  # By endpoints: an open connection through the Service would go on even if the Service no longer selects the pod.
  - job_name: alertmanager
    kubernetes_sd_configs:
      - role: endpointslice
        namespaces:
          names:
            - {{ .Release.Namespace }}
    relabel_configs:
      - source_labels: [__meta_kubernetes_service_name, __meta_kubernetes_endpointslice_port_name]
        regex: prometheus-alertmanager;http
        action: keep
      - source_labels: [__meta_kubernetes_namespace]
        target_label: namespace
      - source_labels: [__meta_kubernetes_pod_name]
        target_label: pod
      - source_labels: [__meta_kubernetes_pod_node_name]
        target_label: node
  - job_name: kubernetes-apiservers
    scheme: https
    authorization: &authorization
      credentials_file: /var/run/secrets/kubernetes.io/serviceaccount/token
    tls_config: &authority
      ca_file: /var/run/secrets/kubernetes.io/serviceaccount/ca.crt
    kubernetes_sd_configs:
      - role: endpointslice
        namespaces:
          names:
            - default
    relabel_configs:
      - source_labels: [__meta_kubernetes_service_name, __meta_kubernetes_endpointslice_port_name]
        regex: kubernetes;https
        action: keep
    {{- with .Values.scrape.apiservers.drop }}
    metric_relabel_configs:
      - source_labels: [__name__]
        regex: {{ . | quote }}
        action: drop
    {{- end }}
  # The kubelet's own port, so that scrapes do not load the API server.
  - job_name: kubernetes-nodes
    scheme: https
    authorization: *authorization
    tls_config: &kubelet
      {{- if .Values.scrape.kubelet.insecureSkipVerify }}
      insecure_skip_verify: true
      {{- else }}
      ca_file: /var/run/secrets/kubernetes.io/serviceaccount/ca.crt
      {{- end }}
    kubernetes_sd_configs:
      - role: node
    relabel_configs: &node
      - source_labels: [__meta_kubernetes_node_name]
        target_label: instance
      - source_labels: [__meta_kubernetes_node_name]
        target_label: node
    {{- with .Values.scrape.kubelet.drop }}
    metric_relabel_configs:
      - source_labels: [__name__]
        regex: {{ . | quote }}
        action: drop
    {{- end }}
  - job_name: kubernetes-cadvisor
    scheme: https
    metrics_path: /metrics/cadvisor
    authorization: *authorization
    tls_config: *kubelet
    # cAdvisor's samples have explicit timestamps. Without this, ended containers would have series for five more minutes.
    track_timestamps_staleness: true
    kubernetes_sd_configs:
      - role: node
    relabel_configs: *node
    metric_relabel_configs:
      {{- with .Values.scrape.cadvisor.drop }}
      - source_labels: [__name__]
        regex: {{ . | quote }}
        action: drop
      {{- end }}
      {{- if .Values.compatibility.oldLabels }}
      # The label names before Kubernetes 1.16.
      - source_labels: [container]
        regex: (.+)
        target_label: container_name
      - source_labels: [pod]
        regex: (.+)
        target_label: pod_name
      {{- end }}
  {{- with .Values.scrape.coredns }}
  {{- if .enabled }}
  - job_name: coredns
    kubernetes_sd_configs:
      - role: endpointslice
        namespaces:
          names:
            - {{ .namespace }}
    relabel_configs:
      # The port of the Service or of the container: discovery returns both.
      - source_labels: [__meta_kubernetes_service_label_k8s_app, __address__]
        regex: {{ .app }};.+:{{ .port }}
        action: keep
      - source_labels: [__meta_kubernetes_namespace]
        target_label: namespace
      - source_labels: [__meta_kubernetes_pod_name]
        target_label: pod
      - source_labels: [__meta_kubernetes_pod_node_name]
        target_label: node
  {{- end }}
  {{- end }}
  # Services with the annotation prometheus.io/scrape "true". The job label is the Service's label app.kubernetes.io/name.
  - job_name: kubernetes-service-endpoints
    # Keeps the labels of kube-state-metrics, which refer to other pods than its own, and Traefik's label service.
    honor_labels: true
    kubernetes_sd_configs:
      - role: endpointslice
    relabel_configs:
      - source_labels: [__meta_kubernetes_service_annotation_prometheus_io_scrape]
        regex: "true"
        action: keep
      {{- with .Values.scrape.coredns }}
      {{- if .enabled }}
      # CoreDNS has its own job.
      - source_labels: [__meta_kubernetes_namespace, __meta_kubernetes_service_label_k8s_app]
        regex: {{ .namespace }};{{ .app }}
        action: drop
      {{- end }}
      {{- end }}
      # Pods that the job kubernetes-pods scrapes are dropped here; annotations of pods take precedence.
      {{- if eq .Values.scrape.pods "all" }}
      # Except when the Service names the port or path, which the job kubernetes-pods does not know.
      - source_labels:
          - __meta_kubernetes_pod_name
          - __meta_kubernetes_pod_annotation_prometheus_io_scrape
          - __meta_kubernetes_service_annotation_prometheus_io_port
          - __meta_kubernetes_service_annotation_prometheus_io_path
          - __meta_kubernetes_service_annotation_prometheus_io_scheme
        regex: .+;(true|);;;
        action: drop
      {{- end }}
      - source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_scrape]
        regex: "true"
        action: drop
      # Drops the container ports that discovery adds and the Service does not have.
      - source_labels:
          - __meta_kubernetes_service_annotation_prometheus_io_port
          - __meta_kubernetes_endpointslice_port
          - __meta_kubernetes_endpointslice_port_protocol
        regex: .+;.*;.*|;.+;TCP
        action: keep
      - source_labels: [__address__, __meta_kubernetes_service_annotation_prometheus_io_port]
        regex: (.+?)(?::\d+)?;(\d+)
        replacement: $1:$2
        target_label: __address__
      - source_labels: [__meta_kubernetes_service_annotation_prometheus_io_path]
        regex: (.+)
        target_label: __metrics_path__
      - source_labels: [__meta_kubernetes_service_annotation_prometheus_io_scheme]
        regex: (https?)
        target_label: __scheme__
      # The annotation prometheus.io/interval overrides the scrape interval.
      - source_labels: [__meta_kubernetes_service_annotation_prometheus_io_interval]
        regex: (\d+(?:ms|s|m))
        target_label: __scrape_interval__
      - source_labels: [__meta_kubernetes_service_annotation_prometheus_io_interval]
        regex: (\d+(?:ms|s|m))
        target_label: __scrape_timeout__
      - source_labels: [__meta_kubernetes_service_label_app_kubernetes_io_name]
        regex: (.+)
        target_label: job
      # Series of kube-state-metrics refer to other namespaces, pods and nodes, so its own target labels are not added.
      {{- range $label, $source := dict
        "namespace" "namespace"
        "service" "service_name"
        "pod" "pod_name"
        "node" "pod_node_name"
        "app_kubernetes_io_name" "service_label_app_kubernetes_io_name"
        "app_kubernetes_io_instance" "service_label_app_kubernetes_io_instance"
        "app_kubernetes_io_component" "service_label_app_kubernetes_io_component"
      }}
      - source_labels: [job, __meta_kubernetes_{{ $source }}]
        regex: (?:kube-state-metrics;.*|[^;]*;(.*))
        target_label: {{ $label }}
      {{- end }}
      # A stable instance keeps the series across pods. Otherwise every object would count twice until the old series end,
      # which takes five minutes after a downtime of Prometheus.
      - source_labels: [job, __meta_kubernetes_service_name]
        regex: kube-state-metrics;(.+)
        target_label: instance
  # Pods with the annotation prometheus.io/scrape "true", or all except those with "false".
  - job_name: kubernetes-pods
    honor_labels: true
    kubernetes_sd_configs:
      - role: pod
    relabel_configs:
      {{- if eq .Values.scrape.pods "all" }}
      - source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_scrape]
        regex: "false"
        action: drop
      {{- else }}
      - source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_scrape]
        regex: "true"
        action: keep
      {{- end }}
      {{- with .Values.scrape.coredns }}
      {{- if .enabled }}
      # CoreDNS pods have their own job.
      - source_labels: [__meta_kubernetes_namespace, __meta_kubernetes_pod_label_k8s_app]
        regex: {{ .namespace }};{{ .app }}
        action: drop
      {{- end }}
      {{- end }}
      # Pods that have ended or not started.
      - source_labels: [__meta_kubernetes_pod_phase]
        regex: Pending|Succeeded|Failed
        action: drop
      - source_labels: [__meta_kubernetes_pod_container_init]
        regex: "true"
        action: drop
      - source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_port, __meta_kubernetes_pod_container_port_protocol]
        regex: ;(UDP|SCTP)
        action: drop
      # The annotated port, with IPv6 and with IPv4. Without it: the declared ports, or the pod's address without a port.
      - source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_port, __meta_kubernetes_pod_ip]
        regex: (\d+);(.*:.*)
        replacement: "[$2]:$1"
        target_label: __address__
      - source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_port, __meta_kubernetes_pod_ip]
        regex: (\d+);([\d.]+)
        replacement: $2:$1
        target_label: __address__
      - source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_path]
        regex: (.+)
        target_label: __metrics_path__
      - source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_scheme]
        regex: (https?)
        target_label: __scheme__
      # The annotation prometheus.io/interval overrides the scrape interval.
      - source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_interval]
        regex: (\d+(?:ms|s|m))
        target_label: __scrape_interval__
      - source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_interval]
        regex: (\d+(?:ms|s|m))
        target_label: __scrape_timeout__
      - regex: __meta_kubernetes_pod_label_(app_kubernetes_io_(?:name|instance|component))
        action: labelmap
      - source_labels: [__meta_kubernetes_namespace]
        target_label: namespace
      - source_labels: [__meta_kubernetes_pod_name]
        target_label: pod
      - source_labels: [__meta_kubernetes_pod_node_name]
        target_label: node
  {{- with .Values.scrape.extra }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
