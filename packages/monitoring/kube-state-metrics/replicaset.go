package main

import v1 "k8s.io/api/apps/v1"

var replicaSets = func() resource {
	own, identify := namespacedAs[*v1.ReplicaSet]("replicaset")
	return define(table[*v1.ReplicaSet]{
		name:     "replicasets",
		group:    apps,
		example:  &v1.ReplicaSet{},
		prefix:   "kube_replicaset",
		own:      own,
		identify: identify,
		families: []family[*v1.ReplicaSet]{
			gauge("kube_replicaset_metadata_generation", "Sequence number representing a specific generation of the desired state.",
				func(r *v1.ReplicaSet) float64 { return float64(r.Generation) }),
			series("kube_replicaset_owner", "Information about the ReplicaSet's owner.", ownerLabels,
				func(r *v1.ReplicaSet) []sample { return owners(r) }),
			maybe("kube_replicaset_spec_replicas", "Number of desired pods for a ReplicaSet.",
				func(r *v1.ReplicaSet) (float64, bool) { return number(r.Spec.Replicas) }),
			gauge("kube_replicaset_status_fully_labeled_replicas", "The number of fully labeled replicas per ReplicaSet.",
				func(r *v1.ReplicaSet) float64 { return float64(r.Status.FullyLabeledReplicas) }),
			gauge("kube_replicaset_status_observed_generation", "The generation observed by the ReplicaSet controller.",
				func(r *v1.ReplicaSet) float64 { return float64(r.Status.ObservedGeneration) }),
			gauge("kube_replicaset_status_ready_replicas", "The number of ready replicas per ReplicaSet.",
				func(r *v1.ReplicaSet) float64 { return float64(r.Status.ReadyReplicas) }),
			gauge("kube_replicaset_status_replicas", "The number of replicas per ReplicaSet.",
				func(r *v1.ReplicaSet) float64 { return float64(r.Status.Replicas) }),
		},
	})
}()
