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
  # By its endpoints: a connection that is kept would go on through a Service that leads nowhere any more.
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
  # The kubelet, at its own port: the API server need not carry this.
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
    # cAdvisor's samples carry their own time; without this a container that is gone would be seen for five minutes more.
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
      # As they were called before Kubernetes 1.16.
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
      # The port is the Service's or the container's: discovery brings both.
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
  # Services with the annotation prometheus.io/scrape "true". Their job is called as their label app.kubernetes.io/name.
  - job_name: kubernetes-service-endpoints
    # What kube-state-metrics says of a pod is not to be taken for what Prometheus knows of kube-state-metrics' own, and
    # Traefik's label service is its own.
    honor_labels: true
    kubernetes_sd_configs:
      - role: endpointslice
    relabel_configs:
      - source_labels: [__meta_kubernetes_service_annotation_prometheus_io_scrape]
        regex: "true"
        action: keep
      {{- with .Values.scrape.coredns }}
      {{- if .enabled }}
      # It has a job of its own.
      - source_labels: [__meta_kubernetes_namespace, __meta_kubernetes_service_label_k8s_app]
        regex: {{ .namespace }};{{ .app }}
        action: drop
      {{- end }}
      {{- end }}
      # What the rule for pods scrapes is not scraped twice: the pod's own word is the finer one.
      {{- if eq .Values.scrape.pods "all" }}
      # Where the Service says where to look, it is heard, though: the rule for pods would not find it.
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
      # Discovery adds the ports of the containers that the Service does not have: they are not what it asks for.
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
      # As often as it asks to be, by the annotation prometheus.io/interval.
      - source_labels: [__meta_kubernetes_service_annotation_prometheus_io_interval]
        regex: (\d+(?:ms|s|m))
        target_label: __scrape_interval__
      - source_labels: [__meta_kubernetes_service_annotation_prometheus_io_interval]
        regex: (\d+(?:ms|s|m))
        target_label: __scrape_timeout__
      - source_labels: [__meta_kubernetes_service_label_app_kubernetes_io_name]
        regex: (.+)
        target_label: job
      # Most of what kube-state-metrics says is of other namespaces, pods and nodes, or of none, and must not seem to be
      # of its own.
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
      # Its series go on when its pod is another: two sets of them would count every object twice until the old ones end,
      # five minutes later where Prometheus was away meanwhile.
      - source_labels: [job, __meta_kubernetes_service_name]
        regex: kube-state-metrics;(.+)
        target_label: instance
  # Pods: those with the annotation prometheus.io/scrape "true", or all but those with "false".
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
      # They have a job of their own.
      - source_labels: [__meta_kubernetes_namespace, __meta_kubernetes_pod_label_k8s_app]
        regex: {{ .namespace }};{{ .app }}
        action: drop
      {{- end }}
      {{- end }}
      # They have finished, or have not begun.
      - source_labels: [__meta_kubernetes_pod_phase]
        regex: Pending|Succeeded|Failed
        action: drop
      - source_labels: [__meta_kubernetes_pod_container_init]
        regex: "true"
        action: drop
      - source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_port, __meta_kubernetes_pod_container_port_protocol]
        regex: ;(UDP|SCTP)
        action: drop
      # A port of its own, with IPv6 and with IPv4. Without one: the declared ports, or the pod's bare address.
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
      # As often as it asks to be, by the annotation prometheus.io/interval.
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
