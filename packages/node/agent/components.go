package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Component is one process that the supervisor keeps running.
type Component struct {
	Name string
	Args []string
	Env  []string
	// After must answer nil before the component is started for the first time: what it can't do without.
	After func() error
	// HostNetwork hands it the host's network namespace as a file.
	HostNetwork bool
	// Grace is how long it has between SIGTERM and SIGKILL.
	Grace time.Duration
}

const (
	etcdClient  = "https://127.0.0.1:2379"
	containerd  = "/run/containerd/containerd.sock"
	etcdMetrics = "http://127.0.0.1:2381"
)

// components in the order in which they are started; shutDown says in which they end.
func components(config *Config, api *apiProbe) []Component {
	pki := func(file string) string { return filepath.Join(pkiDir, file) }
	n := config.Network
	return []Component{
		{
			Name:        "egress", // slirp4netns: the way out, without a rule on the host
			Args:        []string{"node-agent", "egress", configFile},
			HostNetwork: true,
		},
		{
			Name: "containerd",
			Args: []string{"containerd", "--config", filepath.Join(configDir, "containerd.toml")},
			Env:  config.Environment,
		},
		{
			Name: "etcd",
			Args: []string{"etcd", "--name=" + config.NodeName, "--data-dir=" + etcdDir,
				"--listen-client-urls=" + etcdClient, "--advertise-client-urls=" + etcdClient,
				"--listen-peer-urls=http://127.0.0.1:0", "--listen-metrics-urls=" + etcdMetrics,
				"--client-cert-auth", "--trusted-ca-file=" + pki("etcd-ca.crt"),
				"--cert-file=" + pki("etcd-server.crt"), "--key-file=" + pki("etcd-server.key"),
				"--snapshot-count=10000", "--auto-compaction-retention=1h", "--log-level=warn"},
			Grace: 5 * time.Second,
		},
		{
			Name: "kube-apiserver",
			Args: []string{"kube-apiserver",
				"--etcd-servers=" + etcdClient, "--etcd-cafile=" + pki("etcd-ca.crt"),
				"--etcd-certfile=" + pki("etcd-client.crt"), "--etcd-keyfile=" + pki("etcd-client.key"),
				"--advertise-address=" + n.NodeAddress.String(), "--secure-port=" + apiServerPort,
				"--client-ca-file=" + pki("ca.crt"), "--tls-cert-file=" + pki("apiserver.crt"), "--tls-private-key-file=" + pki("apiserver.key"),
				"--kubelet-certificate-authority=" + pki("ca.crt"),
				"--kubelet-client-certificate=" + pki("apiserver-kubelet-client.crt"), "--kubelet-client-key=" + pki("apiserver-kubelet-client.key"),
				"--kubelet-preferred-address-types=InternalIP", // else logs and exec look for the node's name in DNS
				"--requestheader-client-ca-file=" + pki("front-proxy-ca.crt"), "--requestheader-allowed-names=front-proxy-client",
				"--requestheader-extra-headers-prefix=X-Remote-Extra-", "--requestheader-group-headers=X-Remote-Group", "--requestheader-username-headers=X-Remote-User",
				"--proxy-client-cert-file=" + pki("front-proxy-client.crt"), "--proxy-client-key-file=" + pki("front-proxy-client.key"),
				"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
				"--service-account-key-file=" + pki("sa.pub"), "--service-account-signing-key-file=" + pki("sa.key"),
				"--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction", "--allow-privileged",
				"--service-cluster-ip-range=" + n.ServiceSubnet.String(), "--profiling=false",
				"--audit-policy-file=" + filepath.Join(configDir, "audit-policy.yaml"), "--audit-log-path=" + filepath.Join(logDir, "audit.log"),
				"--audit-log-maxsize=50", "--audit-log-maxbackup=3"},
			// Half of what it holds is garbage that Go has not collected yet: collect it sooner.
			Env:   []string{"GOGC=60"},
			After: listening("127.0.0.1:2379"),
			Grace: 5 * time.Second,
		},
		{
			Name: "kube-controller-manager",
			Args: []string{"kube-controller-manager", "--kubeconfig=" + kubeconfigOf("kube-controller-manager"),
				"--authentication-kubeconfig=" + kubeconfigOf("kube-controller-manager"), "--authorization-kubeconfig=" + kubeconfigOf("kube-controller-manager"),
				"--use-service-account-credentials", "--service-account-private-key-file=" + pki("sa.key"), "--root-ca-file=" + pki("ca.crt"),
				"--client-ca-file=" + pki("ca.crt"), "--requestheader-client-ca-file=" + pki("front-proxy-ca.crt"),
				"--cluster-signing-cert-file=" + pki("ca.crt"), "--cluster-signing-key-file=" + pki("ca.key"),
				"--allocate-node-cidrs", "--cluster-cidr=" + n.PodSubnet.String(), "--service-cluster-ip-range=" + n.ServiceSubnet.String(),
				"--tls-cert-file=" + pki("controllers.crt"), "--tls-private-key-file=" + pki("controllers.key"),
				"--flex-volume-plugin-dir=" + filepath.Join(kubeletDir, "volume-plugins"),
				// It asks for an account and a token for each of its forty controllers before the first one works: with
				// the default of 20 requests a second that takes five seconds.
				"--kube-api-qps=200", "--kube-api-burst=400",
				"--leader-elect=false", "--profiling=false"},
			After: api.ready,
		},
		{
			Name: "kube-scheduler",
			Args: []string{"kube-scheduler", "--kubeconfig=" + kubeconfigOf("kube-scheduler"),
				"--authentication-kubeconfig=" + kubeconfigOf("kube-scheduler"), "--authorization-kubeconfig=" + kubeconfigOf("kube-scheduler"),
				"--tls-cert-file=" + pki("controllers.crt"), "--tls-private-key-file=" + pki("controllers.key"),
				"--leader-elect=false", "--profiling=false"},
			After: api.ready,
		},
		{
			Name:  "kube-proxy",
			Args:  []string{"kube-proxy", "--config=" + filepath.Join(configDir, "kube-proxy.yaml")},
			After: api.ready,
		},
		{
			Name: "kubelet",
			Args: []string{"kubelet", "--config=" + filepath.Join(configDir, "kubelet.yaml"), "--kubeconfig=" + kubeconfigOf("kubelet"),
				"--node-ip=" + n.NodeAddress.String(), "--hostname-override=" + config.NodeName, "--root-dir=" + kubeletDir},
			After: func() error {
				if err := listening(containerd)(); err != nil {
					return err
				}
				return api.ready()
			},
		},
	}
}

// writeComponentConfigs writes the files that the components read.
func writeComponentConfigs(config *Config) error {
	n := config.Network
	files := map[string]string{
		filepath.Join(configDir, "audit-policy.yaml"): `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: None
    users: [system:apiserver, system:kube-controller-manager, system:kube-scheduler, system:kube-proxy]
    verbs: [get, list, watch]
  - level: None
    userGroups: [system:nodes]
    verbs: [get, list, watch]
  - level: None
    resources: [{group: coordination.k8s.io, resources: [leases]}, {group: "", resources: [events]}, {group: events.k8s.io, resources: [events]}]
  - level: None
    nonResourceURLs: ["/healthz*", "/readyz*", "/livez*", "/version", "/openapi/*"]
  - level: Metadata
`,
		filepath.Join(configDir, "containerd.toml"): fmt.Sprintf(`version = 3
root = %q
state = "/run/containerd"
[grpc]
address = %q
[ttrpc]
address = %q
[plugins."io.containerd.cri.v1.images"]
snapshotter = "overlayfs"
[plugins."io.containerd.cri.v1.images".pinned_images]
sandbox = %q
[plugins."io.containerd.cri.v1.runtime"]
# Without CAP_SYS_RESOURCE runc may not lower oom_score_adj, and fails where it is asked to.
restrict_oom_score_adj = true
[plugins."io.containerd.cri.v1.runtime".cni]
bin_dirs = [%q]
conf_dir = "/etc/cni/net.d"
[plugins."io.containerd.cri.v1.runtime".containerd]
default_runtime_name = "runc"
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
SystemdCgroup = false
[plugins."io.containerd.nri.v1.nri"]
disable = true
`, containerdDir, containerd, containerd+".ttrpc", config.PauseImage, binDir),
		"/etc/cni/net.d/10-node.conflist": fmt.Sprintf(`{"cniVersion": "1.0.0", "name": "node", "plugins": [
  {"type": "ptp", "ipMasq": false, "ipam": {"type": "host-local", "dataDir": "/run/ipam", "ranges": [[{"subnet": "%s/24"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
  {"type": "portmap", "capabilities": {"portMappings": true}, "backend": "nftables"}
]}
`, n.PodSubnet.Addr()),
		filepath.Join(configDir, "kubelet.yaml"): fmt.Sprintf(`apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: 0.0.0.0
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: %[1]s/ca.crt}}
authorization: {mode: Webhook}
tlsCertFile: %[1]s/kubelet-server.crt
tlsPrivateKeyFile: %[1]s/kubelet-server.key
clusterDNS: [%[2]s]
clusterDomain: cluster.local
resolvConf: /etc/resolv.conf
containerRuntimeEndpoint: unix://%[3]s
cgroupDriver: cgroupfs
cgroupRoot: %[4]s
failCgroupV1: false
failSwapOn: false
oomScoreAdj: 0
podLogsDir: %[5]s
volumePluginDir: %[6]s/volume-plugins
# The host's disk is not the cluster's: evict only when it is all but full, and never drop images to make room on it.
evictionHard: {memory.available: 100Mi, nodefs.available: 500Mi, imagefs.available: 500Mi}
imageGCHighThresholdPercent: 100
enforceNodeAllocatable: []
serializeImagePulls: false
# A minute by default: how full a volume is would be told a minute after its pod has started, and a minute late from then on.
volumeStatsAggPeriod: 10s
`, pkiDir, n.ClusterDNS, containerd, config.CgroupRoot, podLogDir, kubeletDir),
		filepath.Join(configDir, "kube-proxy.yaml"): fmt.Sprintf(`apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: nftables
clientConnection: {kubeconfig: %s}
hostnameOverride: %s
clusterCIDR: %s
oomScoreAdj: 0
# net.netfilter.nf_conntrack_max is the whole machine's: leave it.
conntrack: {maxPerCore: 0}
`, kubeconfigOf("kube-proxy"), config.NodeName, n.PodSubnet),
	}
	for path, content := range files {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			return err
		}
	}
	return nil
}
