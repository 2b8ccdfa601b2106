package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

const nodeInterface = "eth0"

// setUpNetwork makes the link to the host, gives both ends their address, and lets packets of pods out. It may run again
// after a restart of the supervisor: what is there stays.
func setUpNetwork(config *Config) error {
	if err := bringUp("lo"); err != nil {
		return err
	}
	if err := os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0); err != nil {
		return err
	}
	if _, err := netlink.LinkByName(nodeInterface); err != nil {
		if err := linkToHost(config); err != nil {
			return err
		}
	}
	if err := addAddress(nil, nodeInterface, config.Network.NodeAddress, config.Network.Subnet.Bits()); err != nil {
		return err
	}
	if err := bringUp(nodeInterface); err != nil {
		return err
	}
	return masquerade(config)
}

// linkToHost makes a pair of veth: one end here, the other in the host's network namespace. It goes with this namespace.
func linkToHost(config *Config) error {
	here, err := netns.Get()
	if err != nil {
		return err
	}
	defer here.Close()
	host, err := netlink.NewHandleAt(netns.NsHandle(hostNetwork))
	if err != nil {
		return err
	}
	defer host.Close()
	veth := netlink.NewVeth(netlink.LinkAttrs{Name: config.Network.Link})
	veth.PeerName, veth.PeerNamespace = nodeInterface, netlink.NsFd(here)
	if err := host.LinkAdd(veth); err != nil {
		return fmt.Errorf("link %s: %w", config.Network.Link, err)
	}
	if err := addAddress(host, config.Network.Link, config.Network.HostAddress, config.Network.Subnet.Bits()); err != nil {
		return err
	}
	link, err := host.LinkByName(config.Network.Link)
	if err != nil {
		return err
	}
	return host.LinkSetUp(link)
}

// removeLink removes a link of this network namespace, and so its other end. One that is not there is fine.
//
// Killing the node leaves its link for as long as the kernel holds its network namespace, and that is as long as a
// connection of it waits for an answer: minutes.
func removeLink(name string) error {
	link, err := netlink.LinkByName(name)
	if errors.As(err, &netlink.LinkNotFoundError{}) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("link %s: %w", name, err)
	}
	if err := netlink.LinkDel(link); err != nil && !errors.Is(err, syscall.ENODEV) {
		return fmt.Errorf("link %s: %w", name, err)
	}
	return nil
}

func bringUp(name string) error {
	link, err := netlink.LinkByName(name)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return netlink.LinkSetUp(link)
}

// addAddress adds an address to an interface, here or where the handle works; one that is there already is fine.
func addAddress(handle *netlink.Handle, name string, address netip.Addr, bits int) error {
	if handle == nil {
		handle = &netlink.Handle{}
	}
	link, err := handle.LinkByName(name)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	err = handle.AddrAdd(link, &netlink.Addr{IPNet: &net.IPNet{IP: address.AsSlice(), Mask: net.CIDRMask(bits, 32)}})
	if err != nil && !errors.Is(err, os.ErrExist) && !errors.Is(err, syscall.EEXIST) {
		return fmt.Errorf("address %s on %s: %w", address, name, err)
	}
	return nil
}

// masquerade gives packets of pods that leave the node the node's own address: neither the host nor what lies behind
// slirp4netns knows a way back to pods.
func masquerade(config *Config) error {
	rules := fmt.Sprintf(`table ip node-egress
delete table ip node-egress
table ip node-egress {
	chain postrouting {
		type nat hook postrouting priority srcnat; policy accept;
		ip saddr %[1]s ip daddr != %[1]s oifname { "tap0", "%[2]s" } masquerade
	}
}
`, config.Network.PodSubnet, nodeInterface)
	nft := exec.Command("nft", "-f", "-")
	nft.Stdin = strings.NewReader(rules)
	if output, err := nft.CombinedOutput(); err != nil {
		return fmt.Errorf("nft: %w: %s", err, output)
	}
	return nil
}

// egress becomes slirp4netns: a user-mode network stack that runs in the host's network namespace and serves a tap
// device in this one. It resolves names as the host does, so it must see the host's resolv.conf.
func egress(config *Config) error {
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return err
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	if err := unix.Mount(hostResolv, "/etc/resolv.conf", "", unix.MS_BIND, ""); err != nil {
		return err
	}
	if link, err := netlink.LinkByName("tap0"); err == nil { // left by one that was killed
		if err := netlink.LinkDel(link); err != nil {
			return err
		}
	}
	if err := unix.Setns(hostNetwork, unix.CLONE_NEWNET); err != nil {
		return err
	}
	unix.CloseOnExec(hostNetwork)
	slirp, err := exec.LookPath("slirp4netns")
	if err != nil {
		return err
	}
	return syscall.Exec(slirp, []string{"slirp4netns", "--configure", "--mtu=1500", "--disable-host-loopback",
		"--cidr=" + config.Network.EgressSubnet.String(), "--netns-type=path", "/proc/1/ns/net", "tap0"}, os.Environ())
}

// listening answers nil when something accepts connections at an address: host:port, or the path of a socket.
func listening(address string) func() error {
	network := "tcp"
	if strings.HasPrefix(address, "/") {
		network = "unix"
	}
	return func() error {
		connection, err := net.DialTimeout(network, address, time.Second)
		if err != nil {
			return err
		}
		return connection.Close()
	}
}
