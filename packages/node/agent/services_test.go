package main

import (
	"maps"
	"net/netip"
	"testing"
	"time"
)

var pool = [2]netip.Addr{netip.MustParseAddr("10.0.0.16"), netip.MustParseAddr("10.0.0.18")}

type option func(*Service)

func balancer(name string, options ...option) *Service {
	service := &Service{
		Metadata: Metadata{Namespace: "n", Name: name},
		Spec:     ServiceSpec{Type: "LoadBalancer", Ports: []ServicePort{{Port: 80, NodePort: 30080, Protocol: "TCP"}}},
	}
	for _, change := range options {
		change(service)
	}
	return service
}

func has(ip string) option {
	return func(s *Service) { s.Status.LoadBalancer.Ingress = []Ingress{{IP: ip}} }
}

func wants(ip string) option { return func(s *Service) { s.Spec.LoadBalancerIP = ip } }

func TestAssignAddresses(t *testing.T) {
	class := "another"
	for name, row := range map[string]struct {
		services   []*Service
		assigned   map[string]string
		unassigned int
	}{
		"in order":                   {[]*Service{balancer("a"), balancer("b")}, map[string]string{"n/a": "10.0.0.16", "n/b": "10.0.0.17"}, 0},
		"the one it has":             {[]*Service{balancer("a"), balancer("b", has("10.0.0.16"))}, map[string]string{"n/a": "10.0.0.17", "n/b": "10.0.0.16"}, 0},
		"the one it asks for":        {[]*Service{balancer("a", wants("10.0.0.18"))}, map[string]string{"n/a": "10.0.0.18"}, 0},
		"none outside the pool":      {[]*Service{balancer("a", wants("192.168.0.1"))}, map[string]string{"n/a": "10.0.0.16"}, 0},
		"never one twice":            {[]*Service{balancer("a", has("10.0.0.16")), balancer("b", has("10.0.0.16"))}, map[string]string{"n/a": "10.0.0.16", "n/b": "10.0.0.17"}, 0},
		"too many":                   {[]*Service{balancer("a"), balancer("b"), balancer("c"), balancer("d")}, map[string]string{"n/a": "10.0.0.16", "n/b": "10.0.0.17", "n/c": "10.0.0.18"}, 1},
		"another class is another's": {[]*Service{balancer("a", func(s *Service) { s.Spec.LoadBalancerClass = &class })}, map[string]string{}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			assigned, unassigned := assignAddresses(row.services, pool)
			got := map[string]string{}
			for key, address := range assigned {
				got[key] = address.String()
			}
			if !maps.Equal(got, row.assigned) || len(unassigned) != row.unassigned {
				t.Errorf("got %v and %d without, want %v and %d", got, len(unassigned), row.assigned, row.unassigned)
			}
		})
	}
}

func TestWantedForwards(t *testing.T) {
	config := &Config{Forwards: []Forward{{Port: 8080, Service: 80}, {Port: 8443, Service: 443}}}
	config.Network.NodeAddress = netip.MustParseAddr("10.0.0.2")
	older, newer := balancer("older"), balancer("newer", func(s *Service) { s.Spec.Ports[0].NodePort = 30081 })
	older.Metadata.CreationTimestamp = time.Unix(1, 0)
	newer.Metadata.CreationTimestamp = time.Unix(2, 0)
	assigned := map[string]netip.Addr{"n/older": pool[0], "n/newer": pool[1]}
	got := wantedForwards(config, []*Service{older, newer}, assigned)
	want := map[uint16]string{
		8080:  "10.0.0.16:80", // the oldest LoadBalancer that has the port
		8443:  "",             // nothing behind it yet, but it answers
		30080: "10.0.0.2:30080",
		30081: "10.0.0.2:30081",
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
