package main

import (
	"net/netip"
	"os"
	"path/filepath"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

const apiServerPort = "6443"

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
	local, remote := "https://127.0.0.1:"+apiServerPort, "https://"+node.String()+":"+apiServerPort
	for _, user := range []struct {
		subject
		server, kubeconfig string
	}{
		{subject{file: "admin", commonName: "kubernetes-admin", organization: "system:masters"}, remote, filepath.Join(runDir, "kubeconfig")},
		{subject{file: "node-agent", commonName: "node-agent", organization: "system:masters"}, local, kubeconfigOf("node-agent")},
		{subject{file: "kube-controller-manager", commonName: "system:kube-controller-manager"}, local, kubeconfigOf("kube-controller-manager")},
		{subject{file: "kube-scheduler", commonName: "system:kube-scheduler"}, local, kubeconfigOf("kube-scheduler")},
		{subject{file: "kube-proxy", commonName: "system:kube-proxy"}, local, kubeconfigOf("kube-proxy")},
		{subject{file: "kubelet", commonName: "system:node:" + config.NodeName, organization: "system:nodes"}, local, kubeconfigOf("kubelet")},
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
	kubeconfig := clientcmdapi.NewConfig()
	kubeconfig.Clusters[cluster] = &clientcmdapi.Cluster{Server: server, CertificateAuthorityData: files[0]}
	kubeconfig.AuthInfos[user+"@"+cluster] = &clientcmdapi.AuthInfo{ClientCertificateData: files[1], ClientKeyData: files[2]}
	kubeconfig.Contexts[cluster] = &clientcmdapi.Context{Cluster: cluster, AuthInfo: user + "@" + cluster}
	kubeconfig.CurrentContext = cluster
	data, err := clientcmd.Write(*kubeconfig)
	if err != nil {
		return err
	}
	return writeFileAtomically(path, data, 0o600)
}
