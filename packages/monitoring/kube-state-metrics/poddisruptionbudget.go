package main

import v1 "k8s.io/api/policy/v1"

var podDisruptionBudgets = func() resource {
	own, identify := namespacedAs[*v1.PodDisruptionBudget]("poddisruptionbudget")
	return define(table[*v1.PodDisruptionBudget]{
		name:     "poddisruptionbudgets",
		group:    policy,
		example:  &v1.PodDisruptionBudget{},
		prefix:   "kube_poddisruptionbudget",
		own:      own,
		identify: identify,
		families: []family[*v1.PodDisruptionBudget]{
			gauge("kube_poddisruptionbudget_status_current_healthy", "Current number of healthy pods",
				func(p *v1.PodDisruptionBudget) float64 { return float64(p.Status.CurrentHealthy) }),
			gauge("kube_poddisruptionbudget_status_desired_healthy", "Minimum desired number of healthy pods",
				func(p *v1.PodDisruptionBudget) float64 { return float64(p.Status.DesiredHealthy) }),
			gauge("kube_poddisruptionbudget_status_expected_pods", "Total number of pods counted by this disruption budget",
				func(p *v1.PodDisruptionBudget) float64 { return float64(p.Status.ExpectedPods) }),
			gauge("kube_poddisruptionbudget_status_observed_generation", "Most recent generation observed when updating this PDB status",
				func(p *v1.PodDisruptionBudget) float64 { return float64(p.Status.ObservedGeneration) }),
			gauge("kube_poddisruptionbudget_status_pod_disruptions_allowed", "Number of pod disruptions that are currently allowed",
				func(p *v1.PodDisruptionBudget) float64 { return float64(p.Status.DisruptionsAllowed) }),
		},
	})
}()
