package main

import v1 "k8s.io/api/networking/v1"

var networkPolicies = func() resource {
	own, identify := namespacedAs[*v1.NetworkPolicy]("networkpolicy")
	return define(table[*v1.NetworkPolicy]{
		name:     "networkpolicies",
		group:    networking,
		example:  &v1.NetworkPolicy{},
		prefix:   "kube_networkpolicy",
		own:      own,
		identify: identify,
		families: []family[*v1.NetworkPolicy]{
			gauge("kube_networkpolicy_spec_egress_rules", "Number of egress rules on the networkpolicy",
				func(n *v1.NetworkPolicy) float64 { return float64(len(n.Spec.Egress)) }),
			gauge("kube_networkpolicy_spec_ingress_rules", "Number of ingress rules on the networkpolicy",
				func(n *v1.NetworkPolicy) float64 { return float64(len(n.Spec.Ingress)) }),
		},
	})
}()
