package main

import v1 "k8s.io/api/core/v1"

var persistentVolumeClaims = func() resource {
	own, identify := namespacedAs[*v1.PersistentVolumeClaim]("persistentvolumeclaim")
	return define(table[*v1.PersistentVolumeClaim]{
		name:     "persistentvolumeclaims",
		group:    core,
		example:  &v1.PersistentVolumeClaim{},
		prefix:   "kube_persistentvolumeclaim",
		own:      own,
		identify: identify,
		families: []family[*v1.PersistentVolumeClaim]{
			series("kube_persistentvolumeclaim_access_mode", "The access mode(s) specified by the persistent volume claim.",
				labels("access_mode"), func(p *v1.PersistentVolumeClaim) []sample {
					out := []sample{}
					for _, mode := range p.Spec.AccessModes {
						out = append(out, value(1, string(mode)))
					}
					return out
				}),
			deletion[*v1.PersistentVolumeClaim]("kube_persistentvolumeclaim"),
			series("kube_persistentvolumeclaim_info", "Information about persistent volume claim.",
				labels("storageclass", "volumename", "volumemode"), func(p *v1.PersistentVolumeClaim) []sample {
					return one(claimClass(p), p.Spec.VolumeName, mode(p.Spec.VolumeMode))
				}),
			maybe("kube_persistentvolumeclaim_resource_requests_storage_bytes",
				"The capacity of storage requested by the persistent volume claim.",
				func(p *v1.PersistentVolumeClaim) (float64, bool) {
					q, there := p.Spec.Resources.Requests[v1.ResourceStorage]
					return amount(q), there
				}),
			series("kube_persistentvolumeclaim_status_condition", "Information about status of different conditions of persistent volume claim.",
				labels("condition", "status"), func(p *v1.PersistentVolumeClaim) []sample {
					out := []sample{}
					for _, c := range p.Status.Conditions {
						out = append(out, states(string(c.Status), string(c.Type))...)
					}
					return out
				}),
			series("kube_persistentvolumeclaim_status_phase", "The phase the persistent volume claim is currently in.",
				labels("phase"), func(p *v1.PersistentVolumeClaim) []sample {
					if p.Status.Phase == "" {
						return nil
					}
					return oneOf(p.Status.Phase, v1.ClaimLost, v1.ClaimBound, v1.ClaimPending)
				}),
		},
	})
}()

func claimClass(p *v1.PersistentVolumeClaim) string {
	if class, there := p.Annotations[v1.BetaStorageClassAnnotation]; there {
		return class
	}
	return deref(p.Spec.StorageClassName)
}
