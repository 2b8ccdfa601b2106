package main

import v1 "k8s.io/api/storage/v1"

var storageClasses = define(table[*v1.StorageClass]{
	name:     "storageclasses",
	cluster:  true,
	group:    storage,
	example:  &v1.StorageClass{},
	prefix:   "kube_storageclass",
	own:      labels("storageclass"),
	identify: func(s *v1.StorageClass) []string { return []string{s.Name} },
	families: []family[*v1.StorageClass]{
		series("kube_storageclass_info", "Information about storageclass.",
			labels("provisioner", "reclaim_policy", "volume_binding_mode"), func(s *v1.StorageClass) []sample {
				// What the API server takes where nothing is said.
				reclaim, binding := "Delete", string(v1.VolumeBindingImmediate)
				if s.ReclaimPolicy != nil {
					reclaim = string(*s.ReclaimPolicy)
				}
				if s.VolumeBindingMode != nil {
					binding = string(*s.VolumeBindingMode)
				}
				return one(s.Provisioner, reclaim, binding)
			}),
	},
})
