package main

import v1 "k8s.io/api/core/v1"

var replicationControllers = func() resource {
	own, identify := namespacedAs[*v1.ReplicationController]("replicationcontroller")
	return define(table[*v1.ReplicationController]{
		name:     "replicationcontrollers",
		group:    core,
		example:  &v1.ReplicationController{},
		prefix:   "kube_replicationcontroller",
		own:      own,
		identify: identify,
		families: []family[*v1.ReplicationController]{
			gauge("kube_replicationcontroller_metadata_generation", "Sequence number representing a specific generation of the desired state.",
				func(r *v1.ReplicationController) float64 { return float64(r.Generation) }),
			series("kube_replicationcontroller_owner", "Information about the ReplicationController's owner.", ownerLabels,
				func(r *v1.ReplicationController) []sample { return owners(r) }),
			maybe("kube_replicationcontroller_spec_replicas", "Number of desired pods for a ReplicationController.",
				func(r *v1.ReplicationController) (float64, bool) { return number(r.Spec.Replicas) }),
			gauge("kube_replicationcontroller_status_available_replicas", "The number of available replicas per ReplicationController.",
				func(r *v1.ReplicationController) float64 { return float64(r.Status.AvailableReplicas) }),
			gauge("kube_replicationcontroller_status_fully_labeled_replicas", "The number of fully labeled replicas per ReplicationController.",
				func(r *v1.ReplicationController) float64 { return float64(r.Status.FullyLabeledReplicas) }),
			gauge("kube_replicationcontroller_status_observed_generation", "The generation observed by the ReplicationController controller.",
				func(r *v1.ReplicationController) float64 { return float64(r.Status.ObservedGeneration) }),
			gauge("kube_replicationcontroller_status_ready_replicas", "The number of ready replicas per ReplicationController.",
				func(r *v1.ReplicationController) float64 { return float64(r.Status.ReadyReplicas) }),
			gauge("kube_replicationcontroller_status_replicas", "The number of replicas per ReplicationController.",
				func(r *v1.ReplicationController) float64 { return float64(r.Status.Replicas) }),
		},
	})
}()
