package main

import (
	"maps"
	"net/netip"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var pool = [2]netip.Addr{netip.MustParseAddr("10.0.0.16"), netip.MustParseAddr("10.0.0.18")}

type option func(*corev1.Service)

func balancer(name string, options ...option) *corev1.Service {
	service := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: "n", Name: name},
		Spec:       corev1.ServiceSpec{Type: corev1.ServiceTypeLoadBalancer, Ports: []corev1.ServicePort{{Port: 80, NodePort: 30080, Protocol: corev1.ProtocolTCP}}},
	}
	for _, change := range options {
		change(service)
	}
	return service
}

func has(ip string) option {
	return func(s *corev1.Service) { s.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{IP: ip}} }
}

func wants(ip string) option { return func(s *corev1.Service) { s.Spec.LoadBalancerIP = ip } }

func TestAssignAddresses(t *testing.T) {
	class := "another"
	for name, row := range map[string]struct {
		services   []*corev1.Service
		assigned   map[string]string
		unassigned int
	}{
		"in order":                   {[]*corev1.Service{balancer("a"), balancer("b")}, map[string]string{"n/a": "10.0.0.16", "n/b": "10.0.0.17"}, 0},
		"the one it has":             {[]*corev1.Service{balancer("a"), balancer("b", has("10.0.0.16"))}, map[string]string{"n/a": "10.0.0.17", "n/b": "10.0.0.16"}, 0},
		"the one it asks for":        {[]*corev1.Service{balancer("a", wants("10.0.0.18"))}, map[string]string{"n/a": "10.0.0.18"}, 0},
		"none outside the pool":      {[]*corev1.Service{balancer("a", wants("192.168.0.1"))}, map[string]string{"n/a": "10.0.0.16"}, 0},
		"never one twice":            {[]*corev1.Service{balancer("a", has("10.0.0.16")), balancer("b", has("10.0.0.16"))}, map[string]string{"n/a": "10.0.0.16", "n/b": "10.0.0.17"}, 0},
		"too many":                   {[]*corev1.Service{balancer("a"), balancer("b"), balancer("c"), balancer("d")}, map[string]string{"n/a": "10.0.0.16", "n/b": "10.0.0.17", "n/c": "10.0.0.18"}, 1},
		"another class is another's": {[]*corev1.Service{balancer("a", func(s *corev1.Service) { s.Spec.LoadBalancerClass = &class })}, map[string]string{}, 0},
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
	older, newer := balancer("older"), balancer("newer", func(s *corev1.Service) { s.Spec.Ports[0].NodePort = 30081 })
	older.CreationTimestamp = metav1.NewTime(time.Unix(1, 0))
	newer.CreationTimestamp = metav1.NewTime(time.Unix(2, 0))
	assigned := map[string]netip.Addr{"n/older": pool[0], "n/newer": pool[1]}
	got := wantedForwards(config, []*corev1.Service{older, newer}, assigned)
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
