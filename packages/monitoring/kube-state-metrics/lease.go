package main

import v1 "k8s.io/api/coordination/v1"

var leases = define(table[*v1.Lease]{
	name:     "leases",
	group:    leasing,
	example:  &v1.Lease{},
	prefix:   "kube_lease",
	own:      labels("namespace", "lease"),
	identify: func(l *v1.Lease) []string { return []string{l.Namespace, l.Name} },
	families: []family[*v1.Lease]{
		{
			name: "kube_lease_owner", help: "Information about the Lease's owner.",
			labels: labels("owner_kind", "owner_name", "lease_holder"),
			samples: func(l *v1.Lease) []sample {
				holder := deref(l.Spec.HolderIdentity)
				if len(l.OwnerReferences) == 0 {
					return one("", "", holder)
				}
				out := []sample{}
				for _, owner := range l.OwnerReferences {
					out = append(out, value(1, owner.Kind, owner.Name, holder))
				}
				return out
			},
		},
		maybe("kube_lease_renew_time", "Kube lease renew time.", func(l *v1.Lease) (float64, bool) {
			if l.Spec.RenewTime == nil {
				return 0, false
			}
			return unixOf(l.Spec.RenewTime.Time), true
		}),
	},
})
