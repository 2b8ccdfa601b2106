package main

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/vishvananda/netlink"
)

// runServices keeps three things in step with the cluster's Services: the address of each LoadBalancer, the node's
// interface that answers for those addresses, and the ports of the host that lead to LoadBalancers and NodePorts.
func runServices(ctx context.Context, config *Config, client *client, events *recorder, status *Status, say func(string, ...any)) {
	changed := make(chan struct{}, 1)
	notify := func(string) {
		select {
		case changed <- struct{}{}:
		default: // one more look is pending already
		}
	}
	services := newFollower(client, coreAPI+"/services", key, notify, say)
	go services.run(ctx)
	if !services.hasSynced(ctx) {
		return
	}
	s := &serviceKeeper{config, client, events, status, say, newForwarder(config, status, say)}
	retry := time.NewTicker(15 * time.Second) // a port of the host that was taken may be free by now
	defer retry.Stop()
	for {
		s.sync(ctx, services.all())
		select {
		case <-ctx.Done():
			return
		case <-changed:
		case <-retry.C:
		}
	}
}

type serviceKeeper struct {
	config  *Config
	client  *client
	events  *recorder
	status  *Status
	say     func(string, ...any)
	forward *forwarder
}

func (s *serviceKeeper) sync(ctx context.Context, services []*Service) {
	// The oldest first: it keeps its address and its port of the host.
	slices.SortFunc(services, func(a, b *Service) int {
		return cmp.Or(a.Metadata.CreationTimestamp.Compare(b.Metadata.CreationTimestamp), cmp.Compare(key(a), key(b)))
	})
	assigned, unassigned := assignAddresses(services, s.config.Network.LoadBalancers)
	for _, service := range unassigned {
		s.events.warning(refer("Service", &service.Metadata), "NoAddress", "all LoadBalancer addresses of the node, %s to %s, are taken", s.config.Network.LoadBalancers[0], s.config.Network.LoadBalancers[1])
	}
	if err := answerFor(assigned, s.config.Network.LoadBalancers); err != nil {
		s.say("services: %v", err)
	}
	for _, service := range services {
		address, balanced := assigned[key(service)]
		if err := s.publish(ctx, service, address, balanced); err != nil {
			s.say("services: %s: %v", key(service), err)
		}
	}
	s.status.change(func() {
		s.status.LoadBalancers = map[string]string{}
		for name, address := range assigned {
			s.status.LoadBalancers[name] = address.String()
		}
	})
	s.forward.sync(wantedForwards(s.config, services, assigned))
}

func key(service *Service) string { return service.Metadata.key() }

func isOurs(service *Service) bool {
	return service.Spec.Type == "LoadBalancer" && service.Spec.LoadBalancerClass == nil && service.Metadata.DeletionTimestamp == nil
}

// assignAddresses gives each LoadBalancer Service an address of the pool: the one that it has, the one that it asks for,
// or the first that is free. It returns also those for which none was left.
func assignAddresses(services []*Service, pool [2]netip.Addr) (map[string]netip.Addr, []*Service) {
	assigned := map[string]netip.Addr{}
	taken := map[netip.Addr]bool{}
	var left, unassigned []*Service
	for _, service := range services {
		if !isOurs(service) {
			continue
		}
		wish := service.Spec.LoadBalancerIP
		if ingress := service.Status.LoadBalancer.Ingress; wish == "" && len(ingress) > 0 {
			wish = ingress[0].IP
		}
		address, err := netip.ParseAddr(wish)
		if err != nil || address.Less(pool[0]) || pool[1].Less(address) || taken[address] {
			left = append(left, service)
			continue
		}
		assigned[key(service)], taken[address] = address, true
	}
	next := pool[0]
	for _, service := range left {
		for taken[next] && !pool[1].Less(next) {
			next = next.Next()
		}
		if pool[1].Less(next) {
			unassigned = append(unassigned, service)
			continue
		}
		assigned[key(service)], taken[next] = next, true
	}
	return assigned, unassigned
}

// publish writes the address into the Service's status, or takes it out of one that is no LoadBalancer any more.
func (s *serviceKeeper) publish(ctx context.Context, service *Service, address netip.Addr, balanced bool) error {
	if service.Spec.LoadBalancerClass != nil {
		return nil
	}
	var want []Ingress // none is null in the patch, which takes the field out
	if balanced {
		want = []Ingress{{IP: address.String(), IPMode: "VIP"}}
	}
	have := service.Status.LoadBalancer.Ingress
	if len(have) == len(want) && (len(want) == 0 || have[0].IP == want[0].IP) {
		return nil
	}
	path := coreAPI + "/namespaces/" + service.Metadata.Namespace + "/services/" + service.Metadata.Name + "/status"
	err := s.client.patch(ctx, path, map[string]any{
		// A Service that is another by now is looked at again.
		"metadata": map[string]any{"resourceVersion": service.Metadata.ResourceVersion},
		"status":   map[string]any{"loadBalancer": map[string]any{"ingress": want}},
	})
	if err == nil && balanced {
		s.events.normal(refer("Service", &service.Metadata), "AddressAssigned", "the node answers at %s", address)
	}
	return err
}

// answerFor makes the node's interface hold exactly the addresses assigned, out of those of the pool.
func answerFor(assigned map[string]netip.Addr, pool [2]netip.Addr) error {
	link, err := netlink.LinkByName(nodeInterface)
	if err != nil {
		return err
	}
	have, err := netlink.AddrList(link, netlink.FAMILY_V4)
	if err != nil {
		return err
	}
	want := map[netip.Addr]bool{}
	for _, address := range assigned {
		want[address] = true
	}
	for _, entry := range have {
		address, ok := netip.AddrFromSlice(entry.IP.To4())
		if !ok || address.Less(pool[0]) || pool[1].Less(address) {
			continue
		}
		if !want[address] {
			if err := netlink.AddrDel(link, &entry); err != nil {
				return fmt.Errorf("address %s: %w", address, err)
			}
		}
		delete(want, address)
	}
	for address := range want {
		if err := addAddress(nil, nodeInterface, address, 32); err != nil {
			return err
		}
	}
	return nil
}

// wantedForwards maps ports of the host to where they lead. A port of the config leads to the oldest LoadBalancer
// Service that has the port it names; a NodePort leads to itself on the node. UDP has no way in from the host.
func wantedForwards(config *Config, services []*Service, assigned map[string]netip.Addr) map[uint16]string {
	wanted := map[uint16]string{}
	for _, service := range services {
		for _, port := range service.Spec.Ports {
			if port.NodePort != 0 && port.Protocol == "TCP" {
				wanted[uint16(port.NodePort)] = hostPort(config.Network.NodeAddress, uint16(port.NodePort))
			}
		}
	}
	for _, forward := range config.Forwards {
		wanted[forward.Port] = "" // answers, and says that nothing is behind it yet
		for _, service := range slices.Backward(services) {
			address, ok := assigned[key(service)]
			if ok && slices.ContainsFunc(service.Spec.Ports, func(p ServicePort) bool { return p.Port == int32(forward.Service) }) {
				wanted[forward.Port] = hostPort(address, forward.Service)
			}
		}
	}
	return wanted
}

func hostPort(address netip.Addr, port uint16) string {
	return net.JoinHostPort(address.String(), fmt.Sprint(port))
}
