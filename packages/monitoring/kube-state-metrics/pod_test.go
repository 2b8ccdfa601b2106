package main

const runningPod = `
metadata:
  {name: web-1, namespace: shop, uid: u-1, creationTimestamp: "2026-01-01T00:00:00Z", labels: {app: web, "app.kubernetes.io/name": x},
   ownerReferences: [{kind: ReplicaSet, name: web, apiVersion: apps/v1, uid: r, controller: true}]}
spec:
  nodeName: node-a
  restartPolicy: Always
  schedulerName: default-scheduler
  serviceAccountName: default
  priorityClassName: high
  containers:
    - {name: app, image: "app:1", resources: {requests: {cpu: 250m, memory: 64Mi, "example.org/gpu": 2}, limits: {memory: 128Mi}}}
  volumes:
    - {name: data, persistentVolumeClaim: {claimName: web-data, readOnly: true}}
    - {name: tmp, emptyDir: {}}
status:
  phase: Running
  qosClass: Burstable
  hostIP: 10.0.0.1
  podIP: 10.1.0.5
  podIPs: [{ip: 10.1.0.5}, {ip: "fd00::5"}]
  startTime: "2026-01-01T00:00:02Z"
  conditions:
    - {type: PodScheduled, status: "True", lastTransitionTime: "2026-01-01T00:00:01Z"}
    - {type: Ready, status: "True", lastTransitionTime: "2026-01-01T00:00:09Z"}
  containerStatuses:
    - {name: app, image: "docker.io/app:1", imageID: "sha256:1", containerID: "containerd://c", ready: true, restartCount: 2,
       state: {running: {startedAt: "2026-01-01T00:00:05Z"}},
       lastState: {terminated: {reason: OOMKilled, exitCode: 137, startedAt: "2026-01-01T00:00:03Z", finishedAt: "2026-01-01T00:00:04Z"}}}
`

var podRows = []row{
	{
		name: "a running pod that was killed once", resource: pods, object: runningPod,
		want: `
kube_pod_info{namespace="shop",pod="web-1",uid="u-1",host_ip="10.0.0.1",pod_ip="10.1.0.5",node="node-a",created_by_kind="ReplicaSet",created_by_name="web",priority_class="high",host_network="false"} 1
kube_pod_ips{namespace="shop",pod="web-1",uid="u-1",ip="10.1.0.5",ip_family="4"} 1
kube_pod_ips{namespace="shop",pod="web-1",uid="u-1",ip="fd00::5",ip_family="6"} 1
kube_pod_owner{namespace="shop",pod="web-1",uid="u-1",owner_kind="ReplicaSet",owner_name="web",owner_is_controller="true"} 1
kube_pod_restart_policy{namespace="shop",pod="web-1",uid="u-1",type="Always"} 1
kube_pod_scheduler{namespace="shop",pod="web-1",uid="u-1",name="default-scheduler"} 1
kube_pod_service_account{namespace="shop",pod="web-1",uid="u-1",service_account="default"} 1
kube_pod_spec_volumes_persistentvolumeclaims_info{namespace="shop",pod="web-1",uid="u-1",volume="data",persistentvolumeclaim="web-data"} 1
kube_pod_spec_volumes_persistentvolumeclaims_readonly{namespace="shop",pod="web-1",uid="u-1",volume="data",persistentvolumeclaim="web-data"} 1
kube_pod_start_time{namespace="shop",pod="web-1",uid="u-1"} 1.767225602e+09
kube_pod_status_phase{namespace="shop",pod="web-1",uid="u-1",phase="Pending"} 0
kube_pod_status_phase{namespace="shop",pod="web-1",uid="u-1",phase="Succeeded"} 0
kube_pod_status_phase{namespace="shop",pod="web-1",uid="u-1",phase="Failed"} 0
kube_pod_status_phase{namespace="shop",pod="web-1",uid="u-1",phase="Unknown"} 0
kube_pod_status_phase{namespace="shop",pod="web-1",uid="u-1",phase="Running"} 1
kube_pod_status_qos_class{namespace="shop",pod="web-1",uid="u-1",qos_class="BestEffort"} 0
kube_pod_status_qos_class{namespace="shop",pod="web-1",uid="u-1",qos_class="Burstable"} 1
kube_pod_status_qos_class{namespace="shop",pod="web-1",uid="u-1",qos_class="Guaranteed"} 0
kube_pod_status_ready{namespace="shop",pod="web-1",uid="u-1",condition="true"} 1
kube_pod_status_ready{namespace="shop",pod="web-1",uid="u-1",condition="false"} 0
kube_pod_status_ready{namespace="shop",pod="web-1",uid="u-1",condition="unknown"} 0
kube_pod_status_ready_time{namespace="shop",pod="web-1",uid="u-1"} 1.767225609e+09
kube_pod_status_reason{namespace="shop",pod="web-1",uid="u-1",reason="Evicted"} 0
kube_pod_status_reason{namespace="shop",pod="web-1",uid="u-1",reason="NodeAffinity"} 0
kube_pod_status_reason{namespace="shop",pod="web-1",uid="u-1",reason="NodeLost"} 0
kube_pod_status_reason{namespace="shop",pod="web-1",uid="u-1",reason="Shutdown"} 0
kube_pod_status_reason{namespace="shop",pod="web-1",uid="u-1",reason="UnexpectedAdmissionError"} 0
kube_pod_status_scheduled{namespace="shop",pod="web-1",uid="u-1",condition="true"} 1
kube_pod_status_scheduled{namespace="shop",pod="web-1",uid="u-1",condition="false"} 0
kube_pod_status_scheduled{namespace="shop",pod="web-1",uid="u-1",condition="unknown"} 0
kube_pod_status_scheduled_time{namespace="shop",pod="web-1",uid="u-1"} 1.767225601e+09
kube_pod_container_info{namespace="shop",pod="web-1",uid="u-1",container="app",image_spec="app:1",image="docker.io/app:1",image_id="sha256:1",container_id="containerd://c"} 1
kube_pod_container_state_started{namespace="shop",pod="web-1",uid="u-1",container="app"} 1.767225605e+09
kube_pod_container_status_last_terminated_exitcode{namespace="shop",pod="web-1",uid="u-1",container="app"} 137
kube_pod_container_status_last_terminated_timestamp{namespace="shop",pod="web-1",uid="u-1",container="app"} 1.767225604e+09
kube_pod_container_resource_limits{namespace="shop",pod="web-1",uid="u-1",container="app",node="node-a",resource="memory",unit="byte"} 1.34217728e+08
kube_pod_container_resource_requests{namespace="shop",pod="web-1",uid="u-1",container="app",node="node-a",resource="cpu",unit="core"} 0.25
kube_pod_container_resource_requests{namespace="shop",pod="web-1",uid="u-1",container="app",node="node-a",resource="example_org_gpu",unit="integer"} 2
kube_pod_container_resource_requests{namespace="shop",pod="web-1",uid="u-1",container="app",node="node-a",resource="memory",unit="byte"} 6.7108864e+07
kube_pod_container_status_last_terminated_reason{namespace="shop",pod="web-1",uid="u-1",container="app",reason="OOMKilled"} 1
kube_pod_container_status_ready{namespace="shop",pod="web-1",uid="u-1",container="app"} 1
kube_pod_container_status_restarts_total{namespace="shop",pod="web-1",uid="u-1",container="app"} 2
kube_pod_container_status_running{namespace="shop",pod="web-1",uid="u-1",container="app"} 1
kube_pod_container_status_terminated{namespace="shop",pod="web-1",uid="u-1",container="app"} 0
kube_pod_container_status_waiting{namespace="shop",pod="web-1",uid="u-1",container="app"} 0
kube_pod_created{namespace="shop",pod="web-1",uid="u-1"} 1.7672256e+09
`,
	},
	{
		name: "labels show only as far as they are allowed", resource: pods, object: runningPod,
		flags: []string{"--metric-labels-allowlist=pods=[app.*,other]"}, families: []string{"kube_pod_labels", "kube_pod_annotations"},
		want: `kube_pod_labels{namespace="shop",pod="web-1",uid="u-1",label_app_kubernetes_io_name="x"} 1`,
	},
	{
		name: "every resource's labels at once", resource: pods, object: runningPod,
		flags: []string{"--metric-labels-allowlist=*=[*]"}, families: []string{"kube_pod_labels"},
		want: `kube_pod_labels{namespace="shop",pod="web-1",uid="u-1",label_app="web",label_app_kubernetes_io_name="x"} 1`,
	},
	{
		name: "a pod that waits for a node", resource: pods, families: []string{"kube_pod_status_unsch", "kube_pod_owner", "kube_pod_status_phase{", "kube_pod_info"},
		object: `
metadata: {name: p, namespace: "n", uid: u}
status: {phase: Pending, conditions: [{type: PodScheduled, status: "False", lastTransitionTime: "2026-01-01T00:00:01Z"}]}`,
		want: `
kube_pod_info{namespace="n",pod="p",uid="u",host_ip="",pod_ip="",node="",created_by_kind="",created_by_name="",priority_class="",host_network="false"} 1
kube_pod_owner{namespace="n",pod="p",uid="u",owner_kind="",owner_name="",owner_is_controller=""} 1
kube_pod_status_phase{namespace="n",pod="p",uid="u",phase="Pending"} 1
kube_pod_status_phase{namespace="n",pod="p",uid="u",phase="Succeeded"} 0
kube_pod_status_phase{namespace="n",pod="p",uid="u",phase="Failed"} 0
kube_pod_status_phase{namespace="n",pod="p",uid="u",phase="Unknown"} 0
kube_pod_status_phase{namespace="n",pod="p",uid="u",phase="Running"} 0
kube_pod_status_unschedulable{namespace="n",pod="p",uid="u"} 1
kube_pod_status_unscheduled_time{namespace="n",pod="p",uid="u"} 1.767225601e+09`,
	},
	{
		name: "a container that waits, and an init container that ended", resource: pods,
		families: []string{"kube_pod_container_status_waiting", "kube_pod_container_status_terminated", "kube_pod_init", "kube_pod_completion"},
		object: `
metadata: {name: p, namespace: "n", uid: u}
spec:
  containers: [{name: c, image: i}]
  initContainers: [{name: first, image: "init:1", restartPolicy: Always, resources: {requests: {cpu: "1"}, limits: {cpu: "2"}}}]
status:
  containerStatuses: [{name: c, state: {waiting: {reason: CrashLoopBackOff}}}]
  initContainerStatuses: [{name: first, image: "init:1", state: {terminated: {reason: Completed, finishedAt: "2026-01-01T00:00:01Z"}}, restartCount: 1}]`,
		want: `
kube_pod_init_container_info{namespace="n",pod="p",uid="u",container="first",image_spec="init:1",image="init:1",image_id="",container_id="",restart_policy="Always"} 1
kube_pod_container_status_terminated{namespace="n",pod="p",uid="u",container="c"} 0
kube_pod_container_status_waiting{namespace="n",pod="p",uid="u",container="c"} 1
kube_pod_container_status_waiting_reason{namespace="n",pod="p",uid="u",container="c",reason="CrashLoopBackOff"} 1
kube_pod_init_container_resource_limits{namespace="n",pod="p",uid="u",container="first",node="",resource="cpu",unit="core"} 2
kube_pod_init_container_resource_requests{namespace="n",pod="p",uid="u",container="first",node="",resource="cpu",unit="core"} 1
kube_pod_init_container_status_ready{namespace="n",pod="p",uid="u",container="first"} 0
kube_pod_init_container_status_restarts_total{namespace="n",pod="p",uid="u",container="first"} 1
kube_pod_init_container_status_running{namespace="n",pod="p",uid="u",container="first"} 0
kube_pod_init_container_status_terminated{namespace="n",pod="p",uid="u",container="first"} 1
kube_pod_init_container_status_terminated_reason{namespace="n",pod="p",uid="u",container="first",reason="Completed"} 1
kube_pod_init_container_status_waiting{namespace="n",pod="p",uid="u",container="first"} 0`,
	},
	{
		name: "an evicted pod, completed", resource: pods, families: []string{"kube_pod_completion", "kube_pod_status_reason{namespace=\"n\",pod=\"p\",uid=\"u\",reason=\"Evicted\"", "kube_pod_deletion", "kube_pod_container_status_terminated_reason"},
		object: `
metadata: {name: p, namespace: "n", uid: u, deletionTimestamp: "2026-01-01T00:00:09Z"}
status:
  {phase: Failed, reason: Evicted,
   containerStatuses: [{name: c, state: {terminated: {reason: Error, exitCode: 1, finishedAt: "2026-01-01T00:00:01Z"}}}]}`,
		want: `
kube_pod_completion_time{namespace="n",pod="p",uid="u"} 1.767225601e+09
kube_pod_deletion_timestamp{namespace="n",pod="p",uid="u"} 1.767225609e+09
kube_pod_status_reason{namespace="n",pod="p",uid="u",reason="Evicted"} 1
kube_pod_container_status_terminated_reason{namespace="n",pod="p",uid="u",container="c",reason="Error"} 1`,
	},
}
