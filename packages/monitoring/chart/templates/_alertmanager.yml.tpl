{{- define "monitoring.alertmanager.yml" -}}
{{- $receivers := .Values.alertmanager.receivers -}}
route:
  receiver: default
  group_by:
    - alertname
    - namespace
  group_wait: {{ .Values.alertmanager.route.groupWait }}
  group_interval: {{ .Values.alertmanager.route.groupInterval }}
  repeat_interval: {{ .Values.alertmanager.route.repeatInterval }}
  routes:
    # Alerts of the check alerts-travel go to the receiver that the check runs.
    - receiver: verify
      matchers:
        - alertname =~ Watchdog|SyntheticAlert
        - verify =~ .+
      group_by:
        - alertname
        - verify
      group_wait: 0s
      group_interval: 5s
    # Watchdog always fires, as a test of the alert path. It must not notify anybody.
    - receiver: none
      matchers:
        - alertname = Watchdog
inhibit_rules:
  # A critical alert makes the warning redundant.
  - source_matchers:
      - severity = critical
    target_matchers:
      - severity = warning
    equal:
      - alertname
      - namespace
      - pod
      - node
  # An unreachable node causes the alerts on its pods and targets.
  - source_matchers:
      - alertname =~ KubeNodeNotReady|KubeNodeUnreachable
    target_matchers:
      - alertname =~ TargetDown|NodeExporterDown|KubePodNotReady|KubePodCrashLooping
    equal:
      - node
  # Without kube-state-metrics, alerts that use its metrics are unreliable.
  - source_matchers:
      - alertname = KubeStateMetricsDown
    target_matchers:
      - alertname =~ Kube(Pod|Deployment|StatefulSet|DaemonSet|Job|Node).+
receivers:
  - name: none
  - name: verify
    webhook_configs:
      - url: http://prometheus-alert-receiver.{{ .Release.Namespace }}.svc:9095/cgi-bin/alerts
        # The receiver no longer exists when the alerts resolve.
        send_resolved: false
  - name: default
    {{- if $receivers.webhook.enabled }}
    webhook_configs:
      - url_file: /etc/alertmanager-receivers/webhook-url
        send_resolved: true
    {{- end }}
    {{- with $receivers.slack }}
    {{- if .enabled }}
    slack_configs:
      - api_url_file: /etc/alertmanager-receivers/slack-url
        send_resolved: true
        {{- with .channel }}
        channel: {{ . | quote }}
        {{- end }}
        title: '[{{ "{{ .Status | toUpper }}" }}] {{ "{{ .CommonLabels.alertname }}" }}'
        text: "{{ "{{ range .Alerts }}{{ .Annotations.summary }}\\n{{ end }}" }}"
    {{- end }}
    {{- end }}
    {{- with $receivers.email }}
    {{- if .enabled }}
    email_configs:
      - to: {{ .to | quote }}
        from: {{ .from | quote }}
        smarthost: {{ .smarthost | quote }}
        require_tls: {{ .requireTls }}
        send_resolved: true
        {{- with .username }}
        auth_username: {{ . | quote }}
        auth_identity: {{ . | quote }}
        auth_password_file: /etc/alertmanager-receivers/email-password
        {{- end }}
    {{- end }}
    {{- end }}
{{- end }}
