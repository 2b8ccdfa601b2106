package main

import (
	"sort"
	"strings"

	v1 "k8s.io/api/core/v1"
)

var nodes = define(table[*v1.Node]{
	name:     "nodes",
	cluster:  true,
	group:    core,
	example:  &v1.Node{},
	prefix:   "kube_node",
	own:      labels("node"),
	identify: func(n *v1.Node) []string { return []string{n.Name} },
	families: []family[*v1.Node]{
		deletion[*v1.Node]("kube_node"),
		series("kube_node_info", "Information about a cluster node.",
			labels("kernel_version", "os_image", "container_runtime_version", "kubelet_version", "kubeproxy_version",
				"provider_id", "pod_cidr", "system_uuid", "internal_ip"), nodeInfo),
		series("kube_node_role", "The role of a cluster node.", labels("role"), roles),
		series("kube_node_spec_taint", "The taint of a cluster node.", labels("key", "value", "effect"),
			func(n *v1.Node) []sample {
				out := []sample{}
				for _, taint := range n.Spec.Taints {
					out = append(out, value(1, taint.Key, taint.Value, string(taint.Effect)))
				}
				return out
			}),
		gauge("kube_node_spec_unschedulable", "Whether a node can schedule new pods.",
			func(n *v1.Node) float64 { return boolean(n.Spec.Unschedulable) }),
		series("kube_node_status_addresses", "Node address information.", labels("type", "address"),
			func(n *v1.Node) []sample {
				out := []sample{}
				for _, address := range n.Status.Addresses {
					out = append(out, value(1, string(address.Type), address.Address))
				}
				return out
			}),
		series("kube_node_status_allocatable", "The allocatable for different resources of a node that are available for scheduling.",
			labels("resource", "unit"), func(n *v1.Node) []sample { return amounts(n.Status.Allocatable) }),
		series("kube_node_status_capacity", "The capacity for different resources of a node.",
			labels("resource", "unit"), func(n *v1.Node) []sample { return amounts(n.Status.Capacity) }),
		series("kube_node_status_condition", "The condition of a cluster node.", labels("condition", "status"),
			func(n *v1.Node) []sample {
				out := []sample{}
				for _, c := range n.Status.Conditions {
					out = append(out, states(string(c.Status), string(c.Type))...)
				}
				return out
			}),
	},
})

func nodeInfo(n *v1.Node) []sample {
	internal := ""
	for _, address := range n.Status.Addresses {
		if address.Type == v1.NodeInternalIP {
			internal = address.Address
		}
	}
	i := n.Status.NodeInfo
	return one(i.KernelVersion, i.OSImage, i.ContainerRuntimeVersion, i.KubeletVersion, i.KubeProxyVersion, n.Spec.ProviderID,
		n.Spec.PodCIDR, i.SystemUUID, internal)
}

func roles(n *v1.Node) []sample {
	names := []string{}
	for label := range n.Labels {
		if role, found := strings.CutPrefix(label, "node-role.kubernetes.io/"); found {
			names = append(names, role)
		}
	}
	sort.Strings(names)
	out := make([]sample, len(names))
	for i, name := range names {
		out[i] = value(1, name)
	}
	return out
}
