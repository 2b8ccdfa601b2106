package main

import v1 "k8s.io/api/core/v1"

var configMaps = func() resource {
	own, identify := namespacedAs[*v1.ConfigMap]("configmap")
	return define(table[*v1.ConfigMap]{
		name:     "configmaps",
		group:    core,
		example:  &v1.ConfigMap{},
		prefix:   "kube_configmap",
		own:      own,
		identify: identify,
		families: []family[*v1.ConfigMap]{
			series("kube_configmap_info", "Information about configmap.", nil, func(*v1.ConfigMap) []sample { return one() }),
			maybe("kube_configmap_metadata_resource_version", "Resource version representing a specific version of the configmap.",
				func(c *v1.ConfigMap) (float64, bool) { return version(c.ResourceVersion) }),
		},
	})
}()
