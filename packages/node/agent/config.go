package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
)

// Config is what the host decides about one node. It is written by packages/node/src/config.ts.
type Config struct {
	Name     string `json:"name"`
	ID       string `json:"id"`
	NodeName string `json:"nodeName"`
	Paths    Paths  `json:"paths"`
	Network  struct {
		Link          string        `json:"link"`
		Subnet        netip.Prefix  `json:"subnet"`
		HostAddress   netip.Addr    `json:"hostAddress"`
		NodeAddress   netip.Addr    `json:"nodeAddress"`
		LoadBalancers [2]netip.Addr `json:"loadBalancers"`
		PodSubnet     netip.Prefix  `json:"podSubnet"`
		ServiceSubnet netip.Prefix  `json:"serviceSubnet"`
		ClusterDNS    netip.Addr    `json:"clusterDNS"`
		EgressSubnet  netip.Prefix  `json:"egressSubnet"`
		EgressDNS     netip.Addr    `json:"egressDNS"`
	} `json:"network"`
	// Listen is the host's address on which Forwards and NodePorts answer.
	Listen     netip.Addr `json:"listen"`
	Forwards   []Forward  `json:"forwards"`
	CgroupRoot string     `json:"cgroupRoot"`
	PauseImage string     `json:"pauseImage"`
	// Environment is handed to containerd (proxy settings of the host).
	Environment []string `json:"environment"`

	// file is where the config stands on the host.
	file string
}

// Paths on the host, all absolute.
type Paths struct {
	Root  string `json:"root"`  // the node's root file system, read-only
	Bin   string `json:"bin"`   // the toolchain's binaries
	State string `json:"state"` // what outlives the node
	Logs  string `json:"logs"`
	Run   string `json:"run"` // what does not
}

// Forward is a port on the host's Listen address that leads to the LoadBalancer Service with port Service.
type Forward struct {
	Port    uint16 `json:"port"`
	Service uint16 `json:"service"`
}

func readConfig(path string) (*Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	config := &Config{file: path}
	if err := decoder.Decode(config); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return config, nil
}

// Paths inside the node.
const (
	binDir        = "/opt/node/bin"
	configFile    = "/etc/kubernetes/node.json"
	pkiDir        = "/etc/kubernetes/pki"
	configDir     = "/etc/kubernetes"
	logDir        = "/var/log/node"
	podLogDir     = "/var/log/pods"
	etcdDir       = "/var/lib/etcd"
	containerdDir = "/var/lib/containerd"
	kubeletDir    = "/var/lib/kubelet"
	volumeDir     = "/var/lib/volumes"
	runDir        = "/run/node" // the host's Paths.Run
	hostResolv    = "/etc/host-resolv.conf"
)

// hostNetwork is the file descriptor of the host's network namespace, inherited from start to the last stage.
const hostNetwork = 3

// hostNetworkFile is held for the life of the process: its finalizer would close the descriptor.
var hostNetworkFile = os.NewFile(hostNetwork, "host-network")
