package main

import (
	"strconv"

	v1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
)

var endpoints = func() resource {
	own, identify := namespacedAs[*v1.Endpoints]("endpoint")
	return define(table[*v1.Endpoints]{
		name:     "endpoints",
		group:    core,
		example:  &v1.Endpoints{},
		prefix:   "kube_endpoint",
		own:      own,
		identify: identify,
		families: []family[*v1.Endpoints]{
			series("kube_endpoint_address", "Information about Endpoint available and non available addresses.",
				labels("port_protocol", "port_number", "port_name", "ip", "ready"), endpointAddresses),
			series("kube_endpoint_info", "Information about endpoint.", nil, func(*v1.Endpoints) []sample { return one() }),
			series("kube_endpoint_ports", "(Deprecated since v2.14.0) Information about the Endpoint ports.",
				labels("port_name", "port_protocol", "port_number"), func(e *v1.Endpoints) []sample {
					out := []sample{}
					for _, subset := range e.Subsets {
						for _, port := range subset.Ports {
							out = append(out, value(1, port.Name, string(port.Protocol), strconv.Itoa(int(port.Port))))
						}
					}
					return out
				}),
		},
	})
}()

func endpointAddresses(e *v1.Endpoints) []sample {
	out := []sample{}
	for _, subset := range e.Subsets {
		for _, port := range subset.Ports {
			of := func(address v1.EndpointAddress, ready string) sample {
				return value(1, string(port.Protocol), strconv.Itoa(int(port.Port)), port.Name, address.IP, ready)
			}
			for _, address := range subset.Addresses {
				out = append(out, of(address, "true"))
			}
			for _, address := range subset.NotReadyAddresses {
				out = append(out, of(address, "false"))
			}
		}
	}
	return out
}

var endpointSlices = func() resource {
	own, identify := namespacedAs[*discoveryv1.EndpointSlice]("endpointslice")
	return define(table[*discoveryv1.EndpointSlice]{
		name:     "endpointslices",
		group:    discovery,
		example:  &discoveryv1.EndpointSlice{},
		prefix:   "kube_endpointslice",
		own:      own,
		identify: identify,
		families: []family[*discoveryv1.EndpointSlice]{
			series("kube_endpointslice_endpoints", "Endpoints attached to the endpointslice.",
				labels("address", "ready", "serving", "terminating", "hostname", "targetref_kind", "targetref_name",
					"targetref_namespace", "endpoint_nodename", "endpoint_zone"), sliceEndpoints),
			series("kube_endpointslice_info", "Information about endpointslice.", labels("addresstype"),
				func(e *discoveryv1.EndpointSlice) []sample { return one(string(e.AddressType)) }),
			series("kube_endpointslice_ports", "Ports attached to the endpointslice.",
				labels("port_name", "port_protocol", "port_number"), func(e *discoveryv1.EndpointSlice) []sample {
					out := []sample{}
					for _, port := range e.Ports {
						number := strconv.Itoa(int(deref(port.Port)))
						out = append(out, value(1, deref(port.Name), string(deref(port.Protocol)), number))
					}
					return out
				}),
		},
	})
}()

func sliceEndpoints(e *discoveryv1.EndpointSlice) []sample {
	said := func(is *bool) string {
		if is == nil {
			return ""
		}
		return strconv.FormatBool(*is)
	}
	out := []sample{}
	for _, endpoint := range e.Endpoints {
		target := deref(endpoint.TargetRef)
		c := endpoint.Conditions
		for _, address := range endpoint.Addresses {
			out = append(out, value(1, address, said(c.Ready), said(c.Serving), said(c.Terminating), deref(endpoint.Hostname),
				target.Kind, target.Name, target.Namespace, deref(endpoint.NodeName), deref(endpoint.Zone)))
		}
	}
	return out
}
