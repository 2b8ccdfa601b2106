package main

import v1 "k8s.io/api/core/v1"

var secrets = func() resource {
	own, identify := namespacedAs[*v1.Secret]("secret")
	return define(table[*v1.Secret]{
		name:     "secrets",
		group:    core,
		example:  &v1.Secret{},
		prefix:   "kube_secret",
		own:      own,
		identify: identify,
		families: []family[*v1.Secret]{
			series("kube_secret_info", "Information about secret.", nil, func(*v1.Secret) []sample { return one() }),
			maybe("kube_secret_metadata_resource_version", "Resource version representing a specific version of secret.",
				func(s *v1.Secret) (float64, bool) { return version(s.ResourceVersion) }),
			series("kube_secret_owner", "Information about the Secret's owner.", ownerLabels, func(s *v1.Secret) []sample { return owners(s) }),
			series("kube_secret_type", "Type about secret.", labels("type"), func(s *v1.Secret) []sample { return one(string(s.Type)) }),
		},
	})
}()
