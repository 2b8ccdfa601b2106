package main

var otherRows = []row{
	{
		name: "deployment", resource: deployments, object: plain + `
spec: {replicas: 4, strategy: {rollingUpdate: {maxSurge: 25%, maxUnavailable: 50%}}}
status: {observedGeneration: 2, replicas: 4, readyReplicas: 3, availableReplicas: 2, unavailableReplicas: 2, updatedReplicas: 1, conditions: [{type: Available, status: "True", reason: MinimumReplicasAvailable}]}`,
		flags: []string{"--metric-labels-allowlist=deployments=[*]"},
		want: `
kube_deployment_metadata_generation{namespace="n",deployment="a"} 3
kube_deployment_owner{namespace="n",deployment="a",owner_kind="",owner_name="",owner_is_controller=""} 1
kube_deployment_spec_paused{namespace="n",deployment="a"} 0
kube_deployment_spec_replicas{namespace="n",deployment="a"} 4
kube_deployment_spec_strategy_rollingupdate_max_surge{namespace="n",deployment="a"} 1
kube_deployment_spec_strategy_rollingupdate_max_unavailable{namespace="n",deployment="a"} 2
kube_deployment_status_condition{namespace="n",deployment="a",reason="MinimumReplicasAvailable",condition="Available",status="true"} 1
kube_deployment_status_condition{namespace="n",deployment="a",reason="MinimumReplicasAvailable",condition="Available",status="false"} 0
kube_deployment_status_condition{namespace="n",deployment="a",reason="MinimumReplicasAvailable",condition="Available",status="unknown"} 0
kube_deployment_status_observed_generation{namespace="n",deployment="a"} 2
kube_deployment_status_replicas{namespace="n",deployment="a"} 4
kube_deployment_status_replicas_available{namespace="n",deployment="a"} 2
kube_deployment_status_replicas_ready{namespace="n",deployment="a"} 3
kube_deployment_status_replicas_unavailable{namespace="n",deployment="a"} 2
kube_deployment_status_replicas_updated{namespace="n",deployment="a"} 1
kube_deployment_created{namespace="n",deployment="a"} 1.7672256e+09
kube_deployment_labels{namespace="n",deployment="a",label_app="web",label_app_kubernetes_io_name="x",label_camel_case="y"} 1`,
	},
	{
		name: "daemonset", resource: daemonSets, families: []string{"kube_daemonset_status"}, object: plain + `
status: {currentNumberScheduled: 1, desiredNumberScheduled: 2, numberAvailable: 3, numberMisscheduled: 4, numberReady: 5, numberUnavailable: 6, observedGeneration: 7, updatedNumberScheduled: 8}`,
		want: `
kube_daemonset_status_current_number_scheduled{namespace="n",daemonset="a"} 1
kube_daemonset_status_desired_number_scheduled{namespace="n",daemonset="a"} 2
kube_daemonset_status_number_available{namespace="n",daemonset="a"} 3
kube_daemonset_status_number_misscheduled{namespace="n",daemonset="a"} 4
kube_daemonset_status_number_ready{namespace="n",daemonset="a"} 5
kube_daemonset_status_number_unavailable{namespace="n",daemonset="a"} 6
kube_daemonset_status_observed_generation{namespace="n",daemonset="a"} 7
kube_daemonset_status_updated_number_scheduled{namespace="n",daemonset="a"} 8`,
	},
	{
		name: "statefulset", resource: statefulSets, object: plain + `
spec: {replicas: 3, persistentVolumeClaimRetentionPolicy: {whenDeleted: Retain, whenScaled: Delete}, ordinals: {start: 1}, serviceName: s}
status: {observedGeneration: 2, replicas: 3, readyReplicas: 2, currentReplicas: 1, updatedReplicas: 4, availableReplicas: 5, currentRevision: a-1, updateRevision: a-2}`,
		want: `
kube_statefulset_metadata_generation{namespace="n",statefulset="a"} 3
kube_statefulset_ordinals_start{namespace="n",statefulset="a"} 1
kube_statefulset_persistentvolumeclaim_retention_policy{namespace="n",statefulset="a",when_deleted="Retain",when_scaled="Delete"} 1
kube_statefulset_replicas{namespace="n",statefulset="a"} 3
kube_statefulset_status_current_revision{namespace="n",statefulset="a",revision="a-1"} 1
kube_statefulset_status_observed_generation{namespace="n",statefulset="a"} 2
kube_statefulset_status_replicas{namespace="n",statefulset="a"} 3
kube_statefulset_status_replicas_available{namespace="n",statefulset="a"} 5
kube_statefulset_status_replicas_current{namespace="n",statefulset="a"} 1
kube_statefulset_status_replicas_ready{namespace="n",statefulset="a"} 2
kube_statefulset_status_replicas_updated{namespace="n",statefulset="a"} 4
kube_statefulset_status_update_revision{namespace="n",statefulset="a",revision="a-2"} 1
kube_statefulset_created{namespace="n",statefulset="a"} 1.7672256e+09`,
	},
	{
		name: "replicaset", resource: replicaSets, object: plain + `
spec: {replicas: 2}
status: {replicas: 2, fullyLabeledReplicas: 1, readyReplicas: 1, observedGeneration: 3}`,
		want: `
kube_replicaset_metadata_generation{namespace="n",replicaset="a"} 3
kube_replicaset_owner{namespace="n",replicaset="a",owner_kind="",owner_name="",owner_is_controller=""} 1
kube_replicaset_spec_replicas{namespace="n",replicaset="a"} 2
kube_replicaset_status_fully_labeled_replicas{namespace="n",replicaset="a"} 1
kube_replicaset_status_observed_generation{namespace="n",replicaset="a"} 3
kube_replicaset_status_ready_replicas{namespace="n",replicaset="a"} 1
kube_replicaset_status_replicas{namespace="n",replicaset="a"} 2
kube_replicaset_created{namespace="n",replicaset="a"} 1.7672256e+09`,
	},
	{
		name: "a job that is done", resource: jobs, object: plain + `
spec: {completions: 1, parallelism: 2}
status: {succeeded: 1, startTime: "2026-01-01T00:00:01Z", completionTime: "2026-01-01T00:00:05Z", conditions: [{type: Complete, status: "True"}]}`,
		want: `
kube_job_complete{namespace="n",job_name="a",condition="true"} 1
kube_job_complete{namespace="n",job_name="a",condition="false"} 0
kube_job_complete{namespace="n",job_name="a",condition="unknown"} 0
kube_job_info{namespace="n",job_name="a"} 1
kube_job_owner{namespace="n",job_name="a",owner_kind="",owner_name="",owner_is_controller=""} 1
kube_job_spec_completions{namespace="n",job_name="a"} 1
kube_job_spec_parallelism{namespace="n",job_name="a"} 2
kube_job_status_active{namespace="n",job_name="a"} 0
kube_job_status_completion_time{namespace="n",job_name="a"} 1.767225605e+09
kube_job_status_failed{namespace="n",job_name="a"} 0
kube_job_status_start_time{namespace="n",job_name="a"} 1.767225601e+09
kube_job_status_succeeded{namespace="n",job_name="a"} 1
kube_job_created{namespace="n",job_name="a"} 1.7672256e+09`,
	},
	{
		name: "a job that failed", resource: jobs, families: []string{"kube_job_failed", "kube_job_status_failed"}, object: plain + `
status: {failed: 2, conditions: [{type: Failed, status: "True", reason: BackoffLimitExceeded}]}`,
		want: `
kube_job_failed{namespace="n",job_name="a",condition="true"} 1
kube_job_failed{namespace="n",job_name="a",condition="false"} 0
kube_job_failed{namespace="n",job_name="a",condition="unknown"} 0
kube_job_status_failed{namespace="n",job_name="a",reason="BackoffLimitExceeded"} 1
kube_job_status_failed{namespace="n",job_name="a",reason="DeadlineExceeded"} 0
kube_job_status_failed{namespace="n",job_name="a",reason="Evicted"} 0`,
	},
	{
		name: "a job that tries again", resource: jobs, families: []string{"kube_job_status_failed"}, object: plain + `
status: {failed: 2}`,
		want: `kube_job_status_failed{namespace="n",job_name="a"} 2`,
	},
	{
		name: "cronjob", resource: cronJobs, object: plain + `
spec: {schedule: "0 3 * * *", timeZone: Etc/UTC, concurrencyPolicy: Forbid, suspend: false, startingDeadlineSeconds: 9, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1}
status: {active: [{name: j}], lastScheduleTime: "2026-01-02T03:00:00Z", lastSuccessfulTime: "2026-01-02T03:00:07Z"}`,
		want: `
kube_cronjob_info{namespace="n",cronjob="a",schedule="0 3 * * *",concurrency_policy="Forbid",timezone="Etc/UTC"} 1
kube_cronjob_metadata_resource_version{namespace="n",cronjob="a"} 77
kube_cronjob_next_schedule_time{namespace="n",cronjob="a"} 1.7674092e+09
kube_cronjob_spec_failed_job_history_limit{namespace="n",cronjob="a"} 1
kube_cronjob_spec_starting_deadline_seconds{namespace="n",cronjob="a"} 9
kube_cronjob_spec_successful_job_history_limit{namespace="n",cronjob="a"} 3
kube_cronjob_spec_suspend{namespace="n",cronjob="a"} 0
kube_cronjob_status_active{namespace="n",cronjob="a"} 1
kube_cronjob_status_last_schedule_time{namespace="n",cronjob="a"} 1.7673228e+09
kube_cronjob_status_last_successful_time{namespace="n",cronjob="a"} 1.767322807e+09
kube_cronjob_created{namespace="n",cronjob="a"} 1.7672256e+09`,
	},
	{
		name: "a suspended cronjob has no next time", resource: cronJobs, families: []string{"kube_cronjob_next", "kube_cronjob_spec_suspend"}, object: plain + `
spec: {schedule: "0 3 * * *", suspend: true}`,
		want: `kube_cronjob_spec_suspend{namespace="n",cronjob="a"} 1`,
	},
	{
		name: "node", resource: nodes, object: `
metadata: {name: a, creationTimestamp: "2026-01-01T00:00:00Z", labels: {node-role.kubernetes.io/worker: "", node-role.kubernetes.io/control-plane: ""}}
spec: {podCIDR: 10.1.0.0/24, providerID: p, unschedulable: true, taints: [{key: k, value: v, effect: NoSchedule}]}
status:
  addresses: [{type: InternalIP, address: 10.0.0.1}]
  allocatable: {cpu: 1500m, memory: 1Ki}
  capacity: {cpu: "2", pods: "110", ephemeral-storage: 2Ki, hugepages-2Mi: "0", example.org/gpu: "1"}
  conditions: [{type: Ready, status: "Unknown"}]
  nodeInfo: {machineID: m, systemUUID: s, bootID: b, kernelVersion: "6", osImage: "Debian \"13\"", containerRuntimeVersion: "containerd://2", kubeletVersion: v1, kubeProxyVersion: "", operatingSystem: linux, architecture: amd64}`,
		want: `
kube_node_info{node="a",kernel_version="6",os_image="Debian \"13\"",container_runtime_version="containerd://2",kubelet_version="v1",kubeproxy_version="",provider_id="p",pod_cidr="10.1.0.0/24",system_uuid="s",internal_ip="10.0.0.1"} 1
kube_node_role{node="a",role="control-plane"} 1
kube_node_role{node="a",role="worker"} 1
kube_node_spec_taint{node="a",key="k",value="v",effect="NoSchedule"} 1
kube_node_spec_unschedulable{node="a"} 1
kube_node_status_addresses{node="a",type="InternalIP",address="10.0.0.1"} 1
kube_node_status_allocatable{node="a",resource="cpu",unit="core"} 1.5
kube_node_status_allocatable{node="a",resource="memory",unit="byte"} 1024
kube_node_status_capacity{node="a",resource="cpu",unit="core"} 2
kube_node_status_capacity{node="a",resource="ephemeral_storage",unit="byte"} 2048
kube_node_status_capacity{node="a",resource="example_org_gpu",unit="integer"} 1
kube_node_status_capacity{node="a",resource="hugepages_2Mi",unit="byte"} 0
kube_node_status_capacity{node="a",resource="pods",unit="integer"} 110
kube_node_status_condition{node="a",condition="Ready",status="true"} 0
kube_node_status_condition{node="a",condition="Ready",status="false"} 0
kube_node_status_condition{node="a",condition="Ready",status="unknown"} 1
kube_node_created{node="a"} 1.7672256e+09`,
	},
	{
		name: "namespace", resource: namespaces, object: `
metadata: {name: a, creationTimestamp: "2026-01-01T00:00:00Z"}
status: {phase: Active}`,
		want: `
kube_namespace_status_phase{namespace="a",phase="Active"} 1
kube_namespace_status_phase{namespace="a",phase="Terminating"} 0
kube_namespace_created{namespace="a"} 1.7672256e+09`,
	},
	{
		name: "service", resource: services, object: plain + `
spec: {type: LoadBalancer, clusterIP: 10.2.0.1, externalTrafficPolicy: Local, externalIPs: [1.2.3.4]}
status: {loadBalancer: {ingress: [{ip: 10.0.0.2}, {hostname: lb.example}]}}`,
		want: `
kube_service_info{namespace="n",service="a",uid="u",cluster_ip="10.2.0.1",external_name="",load_balancer_ip="",external_traffic_policy="Local"} 1
kube_service_spec_external_ip{namespace="n",service="a",uid="u",external_ip="1.2.3.4"} 1
kube_service_spec_type{namespace="n",service="a",uid="u",type="LoadBalancer"} 1
kube_service_status_load_balancer_ingress{namespace="n",service="a",uid="u",ip="10.0.0.2",hostname=""} 1
kube_service_status_load_balancer_ingress{namespace="n",service="a",uid="u",ip="",hostname="lb.example"} 1
kube_service_created{namespace="n",service="a",uid="u"} 1.7672256e+09`,
	},
	{
		name: "endpoints", resource: endpoints, object: plain + `
subsets: [{addresses: [{ip: 10.1.0.1}], notReadyAddresses: [{ip: 10.1.0.2}], ports: [{name: http, port: 80, protocol: TCP}]}]`,
		want: `
kube_endpoint_address{namespace="n",endpoint="a",port_protocol="TCP",port_number="80",port_name="http",ip="10.1.0.1",ready="true"} 1
kube_endpoint_address{namespace="n",endpoint="a",port_protocol="TCP",port_number="80",port_name="http",ip="10.1.0.2",ready="false"} 1
kube_endpoint_info{namespace="n",endpoint="a"} 1
kube_endpoint_ports{namespace="n",endpoint="a",port_name="http",port_protocol="TCP",port_number="80"} 1
kube_endpoint_created{namespace="n",endpoint="a"} 1.7672256e+09`,
	},
	{
		name: "endpointslice", resource: endpointSlices, object: plain + `
addressType: IPv4
endpoints: [{addresses: [10.1.0.1], conditions: {ready: true, serving: true, terminating: false}, nodeName: node-a, targetRef: {kind: Pod, name: p, namespace: "n"}}]
ports: [{name: http, port: 80, protocol: TCP}]`,
		want: `
kube_endpointslice_endpoints{namespace="n",endpointslice="a",address="10.1.0.1",ready="true",serving="true",terminating="false",hostname="",targetref_kind="Pod",targetref_name="p",targetref_namespace="n",endpoint_nodename="node-a",endpoint_zone=""} 1
kube_endpointslice_info{namespace="n",endpointslice="a",addresstype="IPv4"} 1
kube_endpointslice_ports{namespace="n",endpointslice="a",port_name="http",port_protocol="TCP",port_number="80"} 1
kube_endpointslice_created{namespace="n",endpointslice="a"} 1.7672256e+09`,
	},
	{
		name: "ingress", resource: ingresses, object: plain + `
spec:
  ingressClassName: traefik
  tls: [{hosts: [h], secretName: s}]
  rules:
    - host: h
      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}, {path: /b, pathType: Exact, backend: {resource: {apiGroup: g, kind: K, name: b}}}]}`,
		want: `
kube_ingress_info{namespace="n",ingress="a",ingressclass="traefik"} 1
kube_ingress_metadata_resource_version{namespace="n",ingress="a"} 77
kube_ingress_path{namespace="n",ingress="a",host="h",path="/",path_type="Prefix",service_name="web",service_port="80"} 1
kube_ingress_path{namespace="n",ingress="a",host="h",path="/b",path_type="Exact",resource_api_group="g",resource_kind="K",resource_name="b"} 1
kube_ingress_tls{namespace="n",ingress="a",tls_host="h",secret="s"} 1
kube_ingress_created{namespace="n",ingress="a"} 1.7672256e+09`,
	},
	{
		name: "persistentvolume", resource: persistentVolumes, families: []string{"kube_persistentvolume_c", "kube_persistentvolume_i", "kube_persistentvolume_s"}, object: `
metadata: {name: a, creationTimestamp: "2026-01-01T00:00:00Z"}
spec: {capacity: {storage: 1Gi}, claimRef: {name: c, namespace: "n"}, storageClassName: standard, persistentVolumeReclaimPolicy: Retain, local: {path: /v}}
status: {phase: Bound}`,
		want: `
kube_persistentvolume_capacity_bytes{persistentvolume="a"} 1.073741824e+09
kube_persistentvolume_claim_ref{persistentvolume="a",name="c",claim_namespace="n"} 1
kube_persistentvolume_info{persistentvolume="a",storageclass="standard",gce_persistent_disk_name="",ebs_volume_id="",azure_disk_name="",fc_wwids="",fc_lun="",fc_target_wwns="",iscsi_target_portal="",iscsi_iqn="",iscsi_lun="",iscsi_initiator_name="",nfs_server="",nfs_path="",csi_driver="",csi_volume_handle="",local_path="/v",local_fs="",host_path="",host_path_type="",reclaim_policy="Retain"} 1
kube_persistentvolume_status_phase{persistentvolume="a",phase="Pending"} 0
kube_persistentvolume_status_phase{persistentvolume="a",phase="Available"} 0
kube_persistentvolume_status_phase{persistentvolume="a",phase="Bound"} 1
kube_persistentvolume_status_phase{persistentvolume="a",phase="Released"} 0
kube_persistentvolume_status_phase{persistentvolume="a",phase="Failed"} 0
kube_persistentvolume_created{persistentvolume="a"} 1.7672256e+09`,
	},
	{
		name: "persistentvolumeclaim", resource: persistentVolumeClaims, object: plain + `
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}, storageClassName: standard, volumeName: v, volumeMode: Filesystem}
status: {phase: Bound}`,
		want: `
kube_persistentvolumeclaim_access_mode{namespace="n",persistentvolumeclaim="a",access_mode="ReadWriteOnce"} 1
kube_persistentvolumeclaim_info{namespace="n",persistentvolumeclaim="a",storageclass="standard",volumename="v",volumemode="Filesystem"} 1
kube_persistentvolumeclaim_resource_requests_storage_bytes{namespace="n",persistentvolumeclaim="a"} 1.073741824e+09
kube_persistentvolumeclaim_status_phase{namespace="n",persistentvolumeclaim="a",phase="Lost"} 0
kube_persistentvolumeclaim_status_phase{namespace="n",persistentvolumeclaim="a",phase="Bound"} 1
kube_persistentvolumeclaim_status_phase{namespace="n",persistentvolumeclaim="a",phase="Pending"} 0
kube_persistentvolumeclaim_created{namespace="n",persistentvolumeclaim="a"} 1.7672256e+09`,
	},
	{
		name: "storageclass", resource: storageClasses, object: `
metadata: {name: a, creationTimestamp: "2026-01-01T00:00:00Z"}
provisioner: p
volumeBindingMode: WaitForFirstConsumer`,
		want: `
kube_storageclass_info{storageclass="a",provisioner="p",reclaim_policy="Delete",volume_binding_mode="WaitForFirstConsumer"} 1
kube_storageclass_created{storageclass="a"} 1.7672256e+09`,
	},
	{
		name: "configmap", resource: configMaps, object: plain,
		want: `
kube_configmap_info{namespace="n",configmap="a"} 1
kube_configmap_metadata_resource_version{namespace="n",configmap="a"} 77
kube_configmap_created{namespace="n",configmap="a"} 1.7672256e+09`,
	},
	{
		name: "secret, without what is in it", resource: secrets, object: plain + `
type: Opaque
stringData: {password: hidden}`,
		want: `
kube_secret_info{namespace="n",secret="a"} 1
kube_secret_metadata_resource_version{namespace="n",secret="a"} 77
kube_secret_owner{namespace="n",secret="a",owner_kind="",owner_name="",owner_is_controller=""} 1
kube_secret_type{namespace="n",secret="a",type="Opaque"} 1
kube_secret_created{namespace="n",secret="a"} 1.7672256e+09`,
	},
	{
		name: "horizontalpodautoscaler", resource: horizontalPodAutoscalers, object: plain + `
spec: {minReplicas: 2, maxReplicas: 5, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}]}
status: {currentReplicas: 3, desiredReplicas: 4, conditions: [{type: AbleToScale, status: "True"}], currentMetrics: [{type: Resource, resource: {name: cpu, current: {averageUtilization: 60, averageValue: 120m}}}]}`,
		want: `
kube_horizontalpodautoscaler_info{namespace="n",horizontalpodautoscaler="a",scaletargetref_api_version="apps/v1",scaletargetref_kind="Deployment",scaletargetref_name="web"} 1
kube_horizontalpodautoscaler_metadata_generation{namespace="n",horizontalpodautoscaler="a"} 3
kube_horizontalpodautoscaler_spec_max_replicas{namespace="n",horizontalpodautoscaler="a"} 5
kube_horizontalpodautoscaler_spec_min_replicas{namespace="n",horizontalpodautoscaler="a"} 2
kube_horizontalpodautoscaler_spec_target_metric{namespace="n",horizontalpodautoscaler="a",metric_name="cpu",metric_target_type="utilization"} 80
kube_horizontalpodautoscaler_status_condition{namespace="n",horizontalpodautoscaler="a",condition="AbleToScale",status="true"} 1
kube_horizontalpodautoscaler_status_condition{namespace="n",horizontalpodautoscaler="a",condition="AbleToScale",status="false"} 0
kube_horizontalpodautoscaler_status_condition{namespace="n",horizontalpodautoscaler="a",condition="AbleToScale",status="unknown"} 0
kube_horizontalpodautoscaler_status_current_replicas{namespace="n",horizontalpodautoscaler="a"} 3
kube_horizontalpodautoscaler_status_desired_replicas{namespace="n",horizontalpodautoscaler="a"} 4
kube_horizontalpodautoscaler_status_target_metric{namespace="n",horizontalpodautoscaler="a",metric_name="cpu",metric_target_type="utilization"} 60
kube_horizontalpodautoscaler_status_target_metric{namespace="n",horizontalpodautoscaler="a",metric_name="cpu",metric_target_type="average"} 0.12
kube_horizontalpodautoscaler_created{namespace="n",horizontalpodautoscaler="a"} 1.7672256e+09`,
	},
	{
		name: "resourcequota", resource: resourceQuotas, object: plain + `
status: {hard: {pods: "4", requests.cpu: "2"}, used: {pods: "1", requests.cpu: 500m}}`,
		want: `
kube_resourcequota{namespace="n",resourcequota="a",resource="pods",type="hard"} 4
kube_resourcequota{namespace="n",resourcequota="a",resource="requests.cpu",type="hard"} 2
kube_resourcequota{namespace="n",resourcequota="a",resource="pods",type="used"} 1
kube_resourcequota{namespace="n",resourcequota="a",resource="requests.cpu",type="used"} 0.5
kube_resourcequota_created{namespace="n",resourcequota="a"} 1.7672256e+09`,
	},
	{
		name: "limitrange", resource: limitRanges, object: plain + `
spec: {limits: [{type: Container, min: {cpu: 100m}, defaultRequest: {memory: 1Ki}}]}`,
		want: `
kube_limitrange{namespace="n",limitrange="a",resource="cpu",type="Container",constraint="min"} 0.1
kube_limitrange{namespace="n",limitrange="a",resource="memory",type="Container",constraint="defaultRequest"} 1024
kube_limitrange_created{namespace="n",limitrange="a"} 1.7672256e+09`,
	},
	{
		name: "poddisruptionbudget", resource: podDisruptionBudgets, object: plain + `
status: {currentHealthy: 1, desiredHealthy: 2, expectedPods: 3, disruptionsAllowed: 4, observedGeneration: 5}`,
		want: `
kube_poddisruptionbudget_status_current_healthy{namespace="n",poddisruptionbudget="a"} 1
kube_poddisruptionbudget_status_desired_healthy{namespace="n",poddisruptionbudget="a"} 2
kube_poddisruptionbudget_status_expected_pods{namespace="n",poddisruptionbudget="a"} 3
kube_poddisruptionbudget_status_observed_generation{namespace="n",poddisruptionbudget="a"} 5
kube_poddisruptionbudget_status_pod_disruptions_allowed{namespace="n",poddisruptionbudget="a"} 4
kube_poddisruptionbudget_created{namespace="n",poddisruptionbudget="a"} 1.7672256e+09`,
	},
	{
		name: "networkpolicy", resource: networkPolicies, object: plain + `
spec: {podSelector: {}, ingress: [{}]}`,
		want: `
kube_networkpolicy_spec_egress_rules{namespace="n",networkpolicy="a"} 0
kube_networkpolicy_spec_ingress_rules{namespace="n",networkpolicy="a"} 1
kube_networkpolicy_created{namespace="n",networkpolicy="a"} 1.7672256e+09`,
	},
	{
		name: "replicationcontroller", resource: replicationControllers, families: []string{"kube_replicationcontroller_s"}, object: plain + `
spec: {replicas: 2}
status: {replicas: 2, readyReplicas: 1, availableReplicas: 1, fullyLabeledReplicas: 2, observedGeneration: 3}`,
		want: `
kube_replicationcontroller_spec_replicas{namespace="n",replicationcontroller="a"} 2
kube_replicationcontroller_status_available_replicas{namespace="n",replicationcontroller="a"} 1
kube_replicationcontroller_status_fully_labeled_replicas{namespace="n",replicationcontroller="a"} 2
kube_replicationcontroller_status_observed_generation{namespace="n",replicationcontroller="a"} 3
kube_replicationcontroller_status_ready_replicas{namespace="n",replicationcontroller="a"} 1
kube_replicationcontroller_status_replicas{namespace="n",replicationcontroller="a"} 2`,
	},
	{
		name: "lease", resource: leases, object: plain + `
spec: {holderIdentity: me, renewTime: "2026-01-01T00:00:01.500000Z"}`,
		want: `
kube_lease_owner{namespace="n",lease="a",owner_kind="",owner_name="",lease_holder="me"} 1
kube_lease_renew_time{namespace="n",lease="a"} 1.767225601e+09
kube_lease_created{namespace="n",lease="a"} 1.7672256e+09`,
	},
}
