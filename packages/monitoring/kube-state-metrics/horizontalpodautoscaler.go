package main

import (
	v2 "k8s.io/api/autoscaling/v2"
	quantity "k8s.io/apimachinery/pkg/api/resource"
)

type autoscaler = *v2.HorizontalPodAutoscaler

var horizontalPodAutoscalers = define(table[autoscaler]{
	name:     "horizontalpodautoscalers",
	group:    autoscaling,
	example:  &v2.HorizontalPodAutoscaler{},
	prefix:   "kube_horizontalpodautoscaler",
	own:      labels("namespace", "horizontalpodautoscaler"),
	identify: func(a autoscaler) []string { return []string{a.Namespace, a.Name} },
	families: []family[autoscaler]{
		{
			name: "kube_horizontalpodautoscaler_info", help: "Information about this autoscaler.",
			samples: func(a autoscaler) []sample {
				target := a.Spec.ScaleTargetRef
				if target.APIVersion == "" {
					names := labels("scaletargetref_kind", "scaletargetref_name")
					return []sample{{names: names, values: []string{target.Kind, target.Name}, value: 1}}
				}
				names := labels("scaletargetref_api_version", "scaletargetref_kind", "scaletargetref_name")
				return []sample{{names: names, values: []string{target.APIVersion, target.Kind, target.Name}, value: 1}}
			},
		},
		gauge("kube_horizontalpodautoscaler_metadata_generation", "The generation observed by the HorizontalPodAutoscaler controller.",
			func(a autoscaler) float64 { return float64(a.Generation) }),
		gauge("kube_horizontalpodautoscaler_spec_max_replicas",
			"Upper limit for the number of pods that can be set by the autoscaler; cannot be smaller than MinReplicas.",
			func(a autoscaler) float64 { return float64(a.Spec.MaxReplicas) }),
		gauge("kube_horizontalpodautoscaler_spec_min_replicas",
			"Lower limit for the number of pods that can be set by the autoscaler, default 1.", func(a autoscaler) float64 {
				if a.Spec.MinReplicas == nil {
					return 1
				}
				return float64(*a.Spec.MinReplicas)
			}),
		{
			name:    "kube_horizontalpodautoscaler_spec_target_metric",
			help:    "The metric specifications used by this autoscaler when calculating the desired replica count.",
			samples: targetMetrics,
		},
		series("kube_horizontalpodautoscaler_status_condition", "The condition of this autoscaler.", labels("condition", "status"),
			func(a autoscaler) []sample {
				out := []sample{}
				for _, c := range a.Status.Conditions {
					out = append(out, states(string(c.Status), string(c.Type))...)
				}
				return out
			}),
		gauge("kube_horizontalpodautoscaler_status_current_replicas", "Current number of replicas of pods managed by this autoscaler.",
			func(a autoscaler) float64 { return float64(a.Status.CurrentReplicas) }),
		gauge("kube_horizontalpodautoscaler_status_desired_replicas", "Desired number of replicas of pods managed by this autoscaler.",
			func(a autoscaler) float64 { return float64(a.Status.DesiredReplicas) }),
		{
			name:    "kube_horizontalpodautoscaler_status_target_metric",
			help:    "The current metric status used by this autoscaler when calculating the desired replica count.",
			samples: currentMetrics,
		},
	},
})

// measured gives the series of one metric: its value, its average, its utilization, as far as they are there.
func measured(metric, container string, utilization *int32, average, plain *quantity.Quantity) []sample {
	names, before := labels("metric_name", "metric_target_type"), []string{metric}
	of := func(kind string, v float64) sample {
		s := sample{names: names, values: append(append([]string{}, before...), kind), value: v}
		if container != "" {
			s.names, s.values = append(append([]string{}, names...), "container"), append(s.values, container)
		}
		return s
	}
	out := []sample{}
	if plain != nil {
		out = append(out, of("value", amount(*plain)))
	}
	if utilization != nil {
		out = append(out, of("utilization", float64(*utilization)))
	}
	if average != nil {
		out = append(out, of("average", amount(*average)))
	}
	return out
}

func targetMetrics(a autoscaler) []sample {
	out := []sample{}
	of := func(name, container string, t v2.MetricTarget) {
		out = append(out, measured(name, container, t.AverageUtilization, t.AverageValue, t.Value)...)
	}
	for _, m := range a.Spec.Metrics {
		switch {
		case m.Object != nil:
			of(m.Object.Metric.Name, "", m.Object.Target)
		case m.Pods != nil:
			of(m.Pods.Metric.Name, "", m.Pods.Target)
		case m.Resource != nil:
			of(string(m.Resource.Name), "", m.Resource.Target)
		case m.ContainerResource != nil:
			of(string(m.ContainerResource.Name), m.ContainerResource.Container, m.ContainerResource.Target)
		case m.External != nil:
			of(m.External.Metric.Name, "", m.External.Target)
		}
	}
	return out
}

func currentMetrics(a autoscaler) []sample {
	out := []sample{}
	of := func(name, container string, c v2.MetricValueStatus) {
		out = append(out, measured(name, container, c.AverageUtilization, c.AverageValue, c.Value)...)
	}
	for _, m := range a.Status.CurrentMetrics {
		switch {
		case m.Object != nil:
			of(m.Object.Metric.Name, "", m.Object.Current)
		case m.Pods != nil:
			of(m.Pods.Metric.Name, "", m.Pods.Current)
		case m.Resource != nil:
			of(string(m.Resource.Name), "", m.Resource.Current)
		case m.ContainerResource != nil:
			of(string(m.ContainerResource.Name), m.ContainerResource.Container, m.ContainerResource.Current)
		case m.External != nil:
			of(m.External.Metric.Name, "", m.External.Current)
		}
	}
	return out
}
