package main

import (
	v1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

var deployments = func() resource {
	own, identify := namespacedAs[*v1.Deployment]("deployment")
	return define(table[*v1.Deployment]{
		name:     "deployments",
		group:    apps,
		example:  &v1.Deployment{},
		prefix:   "kube_deployment",
		own:      own,
		identify: identify,
		families: []family[*v1.Deployment]{
			deletion[*v1.Deployment]("kube_deployment"),
			gauge("kube_deployment_metadata_generation", "Sequence number representing a specific generation of the desired state.",
				func(d *v1.Deployment) float64 { return float64(d.Generation) }),
			series("kube_deployment_owner", "Information about the Deployment's owner.", ownerLabels,
				func(d *v1.Deployment) []sample { return owners(d) }),
			gauge("kube_deployment_spec_paused", "Whether the deployment is paused and will not be processed by the deployment controller.",
				func(d *v1.Deployment) float64 { return boolean(d.Spec.Paused) }),
			gauge("kube_deployment_spec_replicas", "Number of desired pods for a deployment.",
				func(d *v1.Deployment) float64 { return float64(replicas(d)) }),
			maybe("kube_deployment_spec_strategy_rollingupdate_max_surge",
				"Maximum number of replicas that can be scheduled above the desired number of replicas during a rolling update of a deployment.",
				func(d *v1.Deployment) (float64, bool) {
					if d.Spec.Strategy.RollingUpdate == nil {
						return 0, false
					}
					return scaled(d.Spec.Strategy.RollingUpdate.MaxSurge, replicas(d), true)
				}),
			maybe("kube_deployment_spec_strategy_rollingupdate_max_unavailable",
				"Maximum number of unavailable replicas during a rolling update of a deployment.",
				func(d *v1.Deployment) (float64, bool) {
					if d.Spec.Strategy.RollingUpdate == nil {
						return 0, false
					}
					return scaled(d.Spec.Strategy.RollingUpdate.MaxUnavailable, replicas(d), false)
				}),
			series("kube_deployment_status_condition", "The current status conditions of a deployment.",
				labels("reason", "condition", "status"), func(d *v1.Deployment) []sample {
					out := []sample{}
					for _, c := range d.Status.Conditions {
						out = append(out, states(string(c.Status), c.Reason, string(c.Type))...)
					}
					return out
				}),
			gauge("kube_deployment_status_observed_generation", "The generation observed by the deployment controller.",
				func(d *v1.Deployment) float64 { return float64(d.Status.ObservedGeneration) }),
			gauge("kube_deployment_status_replicas", "The number of replicas per deployment.",
				func(d *v1.Deployment) float64 { return float64(d.Status.Replicas) }),
			gauge("kube_deployment_status_replicas_available", "The number of available replicas per deployment.",
				func(d *v1.Deployment) float64 { return float64(d.Status.AvailableReplicas) }),
			gauge("kube_deployment_status_replicas_ready", "The number of ready replicas per deployment.",
				func(d *v1.Deployment) float64 { return float64(d.Status.ReadyReplicas) }),
			gauge("kube_deployment_status_replicas_unavailable", "The number of unavailable replicas per deployment.",
				func(d *v1.Deployment) float64 { return float64(d.Status.UnavailableReplicas) }),
			gauge("kube_deployment_status_replicas_updated", "The number of updated replicas per deployment.",
				func(d *v1.Deployment) float64 { return float64(d.Status.UpdatedReplicas) }),
		},
	})
}()

// replicas are one where nothing is said, as the API server has it.
func replicas(d *v1.Deployment) int {
	if d.Spec.Replicas == nil {
		return 1
	}
	return int(*d.Spec.Replicas)
}

func scaled(of *intstr.IntOrString, total int, up bool) (float64, bool) {
	if of == nil {
		return 0, false
	}
	n, err := intstr.GetScaledValueFromIntOrPercent(of, total, up)
	return float64(n), err == nil
}
