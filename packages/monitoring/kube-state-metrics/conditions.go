package main

import (
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// states gives the three series of a condition: whether it is true, false, unknown. Labels of the family come before.
func states(status string, before ...string) []sample {
	out := make([]sample, 0, 3)
	for _, each := range []string{"true", "false", "unknown"} {
		labels := append(append([]string{}, before...), each)
		out = append(out, value(boolean(strings.ToLower(status) == each), labels...))
	}
	return out
}

// oneOf gives a series for each of a state's possible values: 1 for the one that is.
func oneOf[S ~string](is S, all ...S) []sample {
	out := make([]sample, len(all))
	for i, each := range all {
		out[i] = value(boolean(is == each), string(each))
	}
	return out
}

// owners gives a series for each owner; one without values where there is none.
func owners(o metav1.Object) []sample {
	references := o.GetOwnerReferences()
	if len(references) == 0 {
		return one("", "", "")
	}
	out := make([]sample, len(references))
	for i, owner := range references {
		controls := "false"
		if deref(owner.Controller) {
			controls = "true"
		}
		out[i] = value(1, owner.Kind, owner.Name, controls)
	}
	return out
}

var ownerLabels = labels("owner_kind", "owner_name", "owner_is_controller")
