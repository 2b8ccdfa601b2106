package main

import v1 "k8s.io/api/core/v1"

var resourceQuotas = func() resource {
	own, identify := namespacedAs[*v1.ResourceQuota]("resourcequota")
	return define(table[*v1.ResourceQuota]{
		name:     "resourcequotas",
		group:    core,
		example:  &v1.ResourceQuota{},
		prefix:   "kube_resourcequota",
		own:      own,
		identify: identify,
		families: []family[*v1.ResourceQuota]{
			series("kube_resourcequota", "Information about resource quota.", labels("resource", "type"),
				func(q *v1.ResourceQuota) []sample {
					out := []sample{}
					for _, name := range sortedNames(q.Status.Hard) {
						out = append(out, value(amount(q.Status.Hard[name]), string(name), "hard"))
					}
					for _, name := range sortedNames(q.Status.Used) {
						out = append(out, value(amount(q.Status.Used[name]), string(name), "used"))
					}
					return out
				}),
		},
	})
}()

var limitRanges = func() resource {
	own, identify := namespacedAs[*v1.LimitRange]("limitrange")
	return define(table[*v1.LimitRange]{
		name:     "limitranges",
		group:    core,
		example:  &v1.LimitRange{},
		prefix:   "kube_limitrange",
		own:      own,
		identify: identify,
		families: []family[*v1.LimitRange]{
			series("kube_limitrange", "Information about limit range.", labels("resource", "type", "constraint"),
				func(l *v1.LimitRange) []sample {
					out := []sample{}
					for _, limit := range l.Spec.Limits {
						for _, each := range []struct {
							name string
							list v1.ResourceList
						}{
							{"min", limit.Min}, {"max", limit.Max}, {"default", limit.Default},
							{"defaultRequest", limit.DefaultRequest}, {"maxLimitRequestRatio", limit.MaxLimitRequestRatio},
						} {
							for _, name := range sortedNames(each.list) {
								out = append(out, value(amount(each.list[name]), string(name), string(limit.Type), each.name))
							}
						}
					}
					return out
				}),
		},
	})
}()
