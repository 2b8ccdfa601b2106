package main

import v1 "k8s.io/api/apps/v1"

var statefulSets = func() resource {
	own, identify := namespacedAs[*v1.StatefulSet]("statefulset")
	status := func(name, help string, of func(v1.StatefulSetStatus) int32) family[*v1.StatefulSet] {
		return gauge("kube_statefulset_status_"+name, help, func(s *v1.StatefulSet) float64 { return float64(of(s.Status)) })
	}
	return define(table[*v1.StatefulSet]{
		name:     "statefulsets",
		group:    apps,
		example:  &v1.StatefulSet{},
		prefix:   "kube_statefulset",
		own:      own,
		identify: identify,
		families: []family[*v1.StatefulSet]{
			deletion[*v1.StatefulSet]("kube_statefulset"),
			gauge("kube_statefulset_metadata_generation", "Sequence number representing a specific generation of the desired state for the StatefulSet.",
				func(s *v1.StatefulSet) float64 { return float64(s.Generation) }),
			maybe("kube_statefulset_ordinals_start", "Start ordinal of the StatefulSet.", func(s *v1.StatefulSet) (float64, bool) {
				if s.Spec.Ordinals == nil {
					return 0, false
				}
				return float64(s.Spec.Ordinals.Start), true
			}),
			series("kube_statefulset_persistentvolumeclaim_retention_policy", "Count of retention policy for StatefulSet template PVCs",
				labels("when_deleted", "when_scaled"), func(s *v1.StatefulSet) []sample {
					if p := s.Spec.PersistentVolumeClaimRetentionPolicy; p != nil {
						return one(string(p.WhenDeleted), string(p.WhenScaled))
					}
					return nil
				}),
			maybe("kube_statefulset_replicas", "Number of desired pods for a StatefulSet.",
				func(s *v1.StatefulSet) (float64, bool) { return number(s.Spec.Replicas) }),
			series("kube_statefulset_status_current_revision",
				"Indicates the version of the StatefulSet used to generate Pods in the sequence [0,currentReplicas).",
				labels("revision"), func(s *v1.StatefulSet) []sample { return one(s.Status.CurrentRevision) }),
			gauge("kube_statefulset_status_observed_generation", "The generation observed by the StatefulSet controller.",
				func(s *v1.StatefulSet) float64 { return float64(s.Status.ObservedGeneration) }),
			status("replicas", "The number of replicas per StatefulSet.", func(s v1.StatefulSetStatus) int32 { return s.Replicas }),
			status("replicas_available", "The number of available replicas per StatefulSet.",
				func(s v1.StatefulSetStatus) int32 { return s.AvailableReplicas }),
			status("replicas_current", "The number of current replicas per StatefulSet.",
				func(s v1.StatefulSetStatus) int32 { return s.CurrentReplicas }),
			status("replicas_ready", "The number of ready replicas per StatefulSet.",
				func(s v1.StatefulSetStatus) int32 { return s.ReadyReplicas }),
			status("replicas_updated", "The number of updated replicas per StatefulSet.",
				func(s v1.StatefulSetStatus) int32 { return s.UpdatedReplicas }),
			series("kube_statefulset_status_update_revision",
				"Indicates the version of the StatefulSet used to generate Pods in the sequence [replicas-updatedReplicas,replicas)",
				labels("revision"), func(s *v1.StatefulSet) []sample { return one(s.Status.UpdateRevision) }),
		},
	})
}()
