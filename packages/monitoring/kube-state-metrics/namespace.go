package main

import v1 "k8s.io/api/core/v1"

var namespaces = define(table[*v1.Namespace]{
	name:     "namespaces",
	cluster:  true,
	group:    core,
	example:  &v1.Namespace{},
	prefix:   "kube_namespace",
	own:      labels("namespace"),
	identify: func(n *v1.Namespace) []string { return []string{n.Name} },
	families: []family[*v1.Namespace]{
		series("kube_namespace_status_condition", "The condition of a namespace.", labels("condition", "status"),
			func(n *v1.Namespace) []sample {
				out := []sample{}
				for _, c := range n.Status.Conditions {
					out = append(out, states(string(c.Status), string(c.Type))...)
				}
				return out
			}),
		series("kube_namespace_status_phase", "kubernetes namespace status phase.", labels("phase"),
			func(n *v1.Namespace) []sample {
				return oneOf(n.Status.Phase, v1.NamespaceActive, v1.NamespaceTerminating)
			}),
	},
})
