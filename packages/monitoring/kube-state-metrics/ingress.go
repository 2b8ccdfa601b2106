package main

import (
	"strconv"

	v1 "k8s.io/api/networking/v1"
)

var ingresses = func() resource {
	own, identify := namespacedAs[*v1.Ingress]("ingress")
	return define(table[*v1.Ingress]{
		name:     "ingresses",
		group:    networking,
		example:  &v1.Ingress{},
		prefix:   "kube_ingress",
		own:      own,
		identify: identify,
		families: []family[*v1.Ingress]{
			series("kube_ingress_info", "Information about ingress.", labels("ingressclass"), func(i *v1.Ingress) []sample {
				class := "_default"
				if i.Spec.IngressClassName != nil {
					class = *i.Spec.IngressClassName
				} else if old, there := i.Annotations["kubernetes.io/ingress.class"]; there {
					class = old
				}
				return one(class)
			}),
			maybe("kube_ingress_metadata_resource_version", "Resource version representing a specific version of ingress.",
				func(i *v1.Ingress) (float64, bool) { return version(i.ResourceVersion) }),
			{
				name: "kube_ingress_path", help: "Ingress host, paths and backend service information.", samples: ingressPaths,
			},
			series("kube_ingress_tls", "Ingress TLS host and secret information.", labels("tls_host", "secret"),
				func(i *v1.Ingress) []sample {
					out := []sample{}
					for _, tls := range i.Spec.TLS {
						for _, host := range tls.Hosts {
							out = append(out, value(1, host, tls.SecretName))
						}
					}
					return out
				}),
		},
	})
}()

// ingressPaths names a backend by its service and port, or, where it is no service, by group, kind and name.
func ingressPaths(i *v1.Ingress) []sample {
	out := []sample{}
	for _, rule := range i.Spec.Rules {
		if rule.HTTP == nil {
			continue
		}
		for _, path := range rule.HTTP.Paths {
			before := []string{rule.Host, path.Path, string(deref(path.PathType))}
			switch {
			case path.Backend.Service != nil:
				service := path.Backend.Service
				port := service.Port.Name
				if port == "" {
					port = strconv.Itoa(int(service.Port.Number))
				}
				out = append(out, sample{
					names:  labels("host", "path", "path_type", "service_name", "service_port"),
					values: append(before, service.Name, port), value: 1,
				})
			case path.Backend.Resource != nil:
				backend := path.Backend.Resource
				out = append(out, sample{
					names:  labels("host", "path", "path_type", "resource_api_group", "resource_kind", "resource_name"),
					values: append(before, deref(backend.APIGroup), backend.Kind, backend.Name), value: 1,
				})
			}
		}
	}
	return out
}
