package main

import v1 "k8s.io/api/apps/v1"

var daemonSets = func() resource {
	own, identify := namespacedAs[*v1.DaemonSet]("daemonset")
	status := func(name, help string, of func(v1.DaemonSetStatus) int32) family[*v1.DaemonSet] {
		return gauge("kube_daemonset_status_"+name, help, func(d *v1.DaemonSet) float64 { return float64(of(d.Status)) })
	}
	return define(table[*v1.DaemonSet]{
		name:     "daemonsets",
		group:    apps,
		example:  &v1.DaemonSet{},
		prefix:   "kube_daemonset",
		own:      own,
		identify: identify,
		families: []family[*v1.DaemonSet]{
			gauge("kube_daemonset_metadata_generation", "Sequence number representing a specific generation of the desired state.",
				func(d *v1.DaemonSet) float64 { return float64(d.Generation) }),
			status("current_number_scheduled", "The number of nodes running at least one daemon pod and are supposed to.",
				func(s v1.DaemonSetStatus) int32 { return s.CurrentNumberScheduled }),
			status("desired_number_scheduled", "The number of nodes that should be running the daemon pod.",
				func(s v1.DaemonSetStatus) int32 { return s.DesiredNumberScheduled }),
			status("number_available", "The number of nodes that should be running the daemon pod and have one or more of the daemon pod running and available",
				func(s v1.DaemonSetStatus) int32 { return s.NumberAvailable }),
			status("number_misscheduled", "The number of nodes running a daemon pod but are not supposed to.",
				func(s v1.DaemonSetStatus) int32 { return s.NumberMisscheduled }),
			status("number_ready", "The number of nodes that should be running the daemon pod and have one or more of the daemon pod running and ready.",
				func(s v1.DaemonSetStatus) int32 { return s.NumberReady }),
			status("number_unavailable", "The number of nodes that should be running the daemon pod and have none of the daemon pod running and available",
				func(s v1.DaemonSetStatus) int32 { return s.NumberUnavailable }),
			gauge("kube_daemonset_status_observed_generation", "The most recent generation observed by the daemon set controller.",
				func(d *v1.DaemonSet) float64 { return float64(d.Status.ObservedGeneration) }),
			status("updated_number_scheduled", "The total number of nodes that are running updated daemon pod",
				func(s v1.DaemonSetStatus) int32 { return s.UpdatedNumberScheduled }),
		},
	})
}()
