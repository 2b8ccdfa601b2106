package main

import (
	"sort"
	"strings"

	v1 "k8s.io/api/core/v1"
	quantity "k8s.io/apimachinery/pkg/api/resource"
)

const defaultDomain = "kubernetes.io/"

// unitOf says in what a resource is counted; ok is false for one that upstream leaves out.
func unitOf(name v1.ResourceName) (unit string, ok bool) {
	text := string(name)
	switch {
	case name == v1.ResourceCPU:
		return "core", true
	case name == v1.ResourceMemory, name == v1.ResourceStorage, name == v1.ResourceEphemeralStorage:
		return "byte", true
	case name == v1.ResourcePods:
		return "integer", true
	case strings.HasPrefix(text, v1.ResourceHugePagesPrefix), strings.HasPrefix(text, v1.ResourceAttachableVolumesPrefix):
		return "byte", true
	case strings.Contains(text, "/") && !strings.Contains(text, defaultDomain) && !strings.HasPrefix(text, v1.DefaultResourceRequestsPrefix):
		return "integer", true
	}
	return "", false
}

// amounts gives a series for each resource of a list, sorted, with the labels resource and unit after those before.
func amounts(list v1.ResourceList, before ...string) []sample {
	out := []sample{}
	for _, name := range sortedNames(list) {
		if unit, ok := unitOf(name); ok {
			labels := append(append([]string{}, before...), sanitize(string(name)), unit)
			out = append(out, value(amount(list[name]), labels...))
		}
	}
	return out
}

func amount(q quantity.Quantity) float64 { return float64(q.MilliValue()) / 1000 }

func sortedNames(list v1.ResourceList) []v1.ResourceName {
	names := make([]v1.ResourceName, 0, len(list))
	for name := range list {
		names = append(names, name)
	}
	sort.Slice(names, func(i, j int) bool { return names[i] < names[j] })
	return names
}
