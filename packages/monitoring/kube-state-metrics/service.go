package main

import v1 "k8s.io/api/core/v1"

var services = define(table[*v1.Service]{
	name:     "services",
	group:    core,
	example:  &v1.Service{},
	prefix:   "kube_service",
	own:      labels("namespace", "service", "uid"),
	identify: func(s *v1.Service) []string { return []string{s.Namespace, s.Name, string(s.UID)} },
	families: []family[*v1.Service]{
		deletion[*v1.Service]("kube_service"),
		series("kube_service_info", "Information about service.",
			labels("cluster_ip", "external_name", "load_balancer_ip", "external_traffic_policy"),
			func(s *v1.Service) []sample {
				return one(s.Spec.ClusterIP, s.Spec.ExternalName, s.Spec.LoadBalancerIP, string(s.Spec.ExternalTrafficPolicy))
			}),
		series("kube_service_spec_external_ip", "Service external ips. One series for each ip", labels("external_ip"),
			func(s *v1.Service) []sample {
				out := []sample{}
				for _, ip := range s.Spec.ExternalIPs {
					out = append(out, value(1, ip))
				}
				return out
			}),
		series("kube_service_spec_type", "Type about service.", labels("type"),
			func(s *v1.Service) []sample { return one(string(s.Spec.Type)) }),
		series("kube_service_status_load_balancer_ingress", "Service load balancer ingress status", labels("ip", "hostname"),
			func(s *v1.Service) []sample {
				out := []sample{}
				for _, ingress := range s.Status.LoadBalancer.Ingress {
					out = append(out, value(1, ingress.IP, ingress.Hostname))
				}
				return out
			}),
	},
})
