package main

import (
	"strings"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var pods = define(table[*v1.Pod]{
	name:     "pods",
	group:    core,
	example:  &v1.Pod{},
	prefix:   "kube_pod",
	own:      labels("namespace", "pod", "uid"),
	identify: func(p *v1.Pod) []string { return []string{p.Namespace, p.Name, string(p.UID)} },
	families: append([]family[*v1.Pod]{
		maybe("kube_pod_completion_time", "Completion time in unix timestamp for a pod.", completion),
		deletion[*v1.Pod]("kube_pod"),
		series("kube_pod_info", "Information about pod.",
			labels("host_ip", "pod_ip", "node", "created_by_kind", "created_by_name", "priority_class", "host_network"), podInfo),
		series("kube_pod_ips", "Pod IP addresses", labels("ip", "ip_family"), podIPs),
		series("kube_pod_owner", "Information about the Pod's owner.", ownerLabels, func(p *v1.Pod) []sample { return owners(p) }),
		series("kube_pod_restart_policy", "Describes the restart policy in use by this pod.", labels("type"),
			func(p *v1.Pod) []sample { return one(string(p.Spec.RestartPolicy)) }),
		series("kube_pod_scheduler", "The scheduler for a pod.", labels("name"),
			func(p *v1.Pod) []sample { return one(p.Spec.SchedulerName) }),
		series("kube_pod_service_account", "The service account for a pod.", labels("service_account"),
			func(p *v1.Pod) []sample { return one(p.Spec.ServiceAccountName) }),
		series("kube_pod_spec_volumes_persistentvolumeclaims_info", "Information about persistentvolumeclaim volumes in a pod.",
			labels("volume", "persistentvolumeclaim"),
			claims(func(*v1.PersistentVolumeClaimVolumeSource) float64 { return 1 })),
		series("kube_pod_spec_volumes_persistentvolumeclaims_readonly", "Describes whether a persistentvolumeclaim is mounted read only.",
			labels("volume", "persistentvolumeclaim"),
			claims(func(c *v1.PersistentVolumeClaimVolumeSource) float64 { return boolean(c.ReadOnly) })),
		maybe("kube_pod_start_time", "Start time in unix timestamp for a pod.",
			func(p *v1.Pod) (float64, bool) { return unix(p.Status.StartTime) }),
		conditionTime("kube_pod_status_container_ready_time", "Readiness achieved time in unix timestamp for a pod containers.",
			v1.ContainersReady, v1.ConditionTrue),
		conditionTime("kube_pod_status_initialized_time", "Initialized time in unix timestamp for a pod.",
			v1.PodInitialized, v1.ConditionTrue),
		series("kube_pod_status_phase", "The pods current phase.", labels("phase"), phases),
		series("kube_pod_status_qos_class", "The pods current qosClass.", labels("qos_class"), qosClass),
		conditionStates("kube_pod_status_ready", "Describes whether the pod is ready to serve requests.", v1.PodReady),
		conditionTime("kube_pod_status_ready_time", "Readiness achieved time in unix timestamp for a pod.",
			v1.PodReady, v1.ConditionTrue),
		series("kube_pod_status_reason", "The pod status reasons", labels("reason"), reasons),
		conditionStates("kube_pod_status_scheduled", "Describes the status of the scheduling process for the pod.", v1.PodScheduled),
		conditionTime("kube_pod_status_scheduled_time", "Unix timestamp when pod moved into scheduled status",
			v1.PodScheduled, v1.ConditionTrue),
		maybe("kube_pod_status_unschedulable", "Describes the unschedulable status for the pod.",
			func(p *v1.Pod) (float64, bool) {
				c := condition(p, v1.PodScheduled)
				return 1, c != nil && c.Status == v1.ConditionFalse
			}),
		conditionTime("kube_pod_status_unscheduled_time", "Unix timestamp when pod moved into unscheduled status",
			v1.PodScheduled, v1.ConditionFalse),
	}, containerFamilies()...),
})

func completion(p *v1.Pod) (float64, bool) {
	last := 0.0
	for _, c := range p.Status.ContainerStatuses {
		if ended := c.State.Terminated; ended != nil {
			last = max(last, unixOf(ended.FinishedAt.Time))
		}
	}
	return last, last > 0
}

func podInfo(p *v1.Pod) []sample {
	kind, name, network := "", "", "false"
	if by := metav1.GetControllerOf(p); by != nil {
		kind, name = by.Kind, by.Name
	}
	if p.Spec.HostNetwork {
		network = "true"
	}
	return one(p.Status.HostIP, p.Status.PodIP, p.Spec.NodeName, kind, name, p.Spec.PriorityClassName, network)
}

func podIPs(p *v1.Pod) []sample {
	out := []sample{}
	for _, ip := range p.Status.PodIPs {
		family := "4"
		if strings.Contains(ip.IP, ":") {
			family = "6"
		}
		out = append(out, value(1, ip.IP, family))
	}
	return out
}

func claims(of func(*v1.PersistentVolumeClaimVolumeSource) float64) func(*v1.Pod) []sample {
	return func(p *v1.Pod) []sample {
		out := []sample{}
		for _, volume := range p.Spec.Volumes {
			if c := volume.PersistentVolumeClaim; c != nil {
				out = append(out, value(of(c), volume.Name, c.ClaimName))
			}
		}
		return out
	}
}

func phases(p *v1.Pod) []sample {
	if p.Status.Phase == "" {
		return nil
	}
	return oneOf(p.Status.Phase, v1.PodPending, v1.PodSucceeded, v1.PodFailed, v1.PodUnknown, v1.PodRunning)
}

func qosClass(p *v1.Pod) []sample {
	if p.Status.QOSClass == "" {
		return nil
	}
	return oneOf(p.Status.QOSClass, v1.PodQOSBestEffort, v1.PodQOSBurstable, v1.PodQOSGuaranteed)
}

// reasons has each of the reasons that upstream knows, whether the pod, a condition or a container names it.
func reasons(p *v1.Pod) []sample {
	named := map[string]bool{p.Status.Reason: true}
	for _, c := range p.Status.Conditions {
		named[c.Reason] = true
	}
	for _, c := range p.Status.ContainerStatuses {
		if ended := c.State.Terminated; ended != nil {
			named[ended.Reason] = true
		}
	}
	out := []sample{}
	for _, reason := range []string{"Evicted", "NodeAffinity", "NodeLost", "Shutdown", "UnexpectedAdmissionError"} {
		out = append(out, value(boolean(named[reason]), reason))
	}
	return out
}

func condition(p *v1.Pod, kind v1.PodConditionType) *v1.PodCondition {
	for i := range p.Status.Conditions {
		if p.Status.Conditions[i].Type == kind {
			return &p.Status.Conditions[i]
		}
	}
	return nil
}

func conditionStates(name, help string, kind v1.PodConditionType) family[*v1.Pod] {
	return series(name, help, labels("condition"), func(p *v1.Pod) []sample {
		if c := condition(p, kind); c != nil {
			return states(string(c.Status))
		}
		return nil
	})
}

func conditionTime(name, help string, kind v1.PodConditionType, status v1.ConditionStatus) family[*v1.Pod] {
	return maybe(name, help, func(p *v1.Pod) (float64, bool) {
		if c := condition(p, kind); c != nil && c.Status == status {
			return unix(&c.LastTransitionTime)
		}
		return 0, false
	})
}
