package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
)

const (
	apiServerPort  = "6443"
	localAPIServer = "https://127.0.0.1:" + apiServerPort
)

// ensureIdentities leaves every certificate of the node in pkiDir and every kubeconfig in configDir, and the
// administrator's in the run directory of the host.
func ensureIdentities(config *Config) error {
	cluster, err := loadAuthority(pkiDir, "ca")
	if err != nil {
		return err
	}
	frontProxy, err := loadAuthority(pkiDir, "front-proxy-ca")
	if err != nil {
		return err
	}
	etcd, err := loadAuthority(pkiDir, "etcd-ca")
	if err != nil {
		return err
	}
	if err := ensureServiceAccountKey(pkiDir); err != nil {
		return err
	}
	loopback := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	node := config.Network.NodeAddress
	service := config.Network.ServiceSubnet.Addr().Next()
	issued := []struct {
		by *authority
		subject
	}{
		{cluster, subject{file: "apiserver", commonName: "kube-apiserver", addresses: []netip.Addr{loopback, node, service}, names: []string{
			config.NodeName, "localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"}}},
		{cluster, subject{file: "apiserver-kubelet-client", commonName: "kube-apiserver-kubelet-client", organization: "system:masters"}},
		{cluster, subject{file: "kubelet-server", commonName: config.NodeName, addresses: []netip.Addr{loopback, node}, names: []string{config.NodeName}}},
		// The client of client.go takes it as it is, without a kubeconfig.
		{cluster, subject{file: agentComponent, commonName: agentComponent, organization: "system:masters"}},
		// For the metrics of the controller manager and the scheduler; they would make a slow one of their own at each start.
		{cluster, subject{file: "controllers", commonName: config.NodeName, addresses: []netip.Addr{loopback, node}, names: []string{config.NodeName, "localhost"}}},
		{frontProxy, subject{file: "front-proxy-client", commonName: "front-proxy-client"}},
		{etcd, subject{file: "etcd-server", commonName: "etcd", addresses: []netip.Addr{loopback}, names: []string{"localhost"}}},
		{etcd, subject{file: "etcd-client", commonName: "kube-apiserver-etcd-client"}},
	}
	for _, certificate := range issued {
		if err := certificate.by.ensure(certificate.subject); err != nil {
			return err
		}
	}
	remote := "https://" + node.String() + ":" + apiServerPort
	for _, user := range []struct {
		subject
		server, kubeconfig string
	}{
		{subject{file: "admin", commonName: "kubernetes-admin", organization: "system:masters"}, remote, filepath.Join(runDir, "kubeconfig")},
		{subject{file: "kube-controller-manager", commonName: "system:kube-controller-manager"}, localAPIServer, kubeconfigOf("kube-controller-manager")},
		{subject{file: "kube-scheduler", commonName: "system:kube-scheduler"}, localAPIServer, kubeconfigOf("kube-scheduler")},
		{subject{file: "kube-proxy", commonName: "system:kube-proxy"}, localAPIServer, kubeconfigOf("kube-proxy")},
		{subject{file: "kubelet", commonName: "system:node:" + config.NodeName, organization: "system:nodes"}, localAPIServer, kubeconfigOf("kubelet")},
	} {
		if err := cluster.ensure(user.subject); err != nil {
			return err
		}
		if err := writeKubeconfig(user.kubeconfig, config.Name, user.server, user.file); err != nil {
			return err
		}
	}
	return nil
}

func kubeconfigOf(user string) string { return filepath.Join(configDir, user+".kubeconfig") }

func writeKubeconfig(path, cluster, server, user string) error {
	var files [3][]byte
	for i, name := range []string{"ca.crt", user + ".crt", user + ".key"} {
		data, err := os.ReadFile(filepath.Join(pkiDir, name))
		if err != nil {
			return err
		}
		files[i] = data
	}
	return writeFileAtomically(path, []byte(kubeconfigText(cluster, server, user, files)), 0o600)
}

// kubeconfigText is a kubeconfig with one cluster, one user and one context; files are the authority's certificate, the
// user's and its key. packages/cluster/src/kubernetes/transport.ts finds its fields by their lines.
func kubeconfigText(cluster, server, user string, files [3][]byte) string {
	quote := func(text string) string {
		quoted, _ := json.Marshal(text) // a string in JSON is one in YAML, whatever is in it
		return string(quoted)
	}
	data := func(n int) string { return base64.StdEncoding.EncodeToString(files[n]) }
	name, holder := quote(cluster), quote(user+"@"+cluster)
	return fmt.Sprintf(`apiVersion: v1
kind: Config
clusters:
- name: %s
  cluster:
    server: %s
    certificate-authority-data: %s
users:
- name: %s
  user:
    client-certificate-data: %s
    client-key-data: %s
contexts:
- name: %s
  context:
    cluster: %s
    user: %s
current-context: %s
`, name, quote(server), data(0), holder, data(1), data(2), name, name, holder, name)
}
