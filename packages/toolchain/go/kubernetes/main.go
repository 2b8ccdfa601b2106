// Command kubernetes is the five node servers of Kubernetes in one binary. It runs the one it is called as
// (argv[0], by symlink), so that five processes share one copy of the code on disk and in the page cache,
// and one link step builds them all.
//
// Each entry does what upstream's own k8s.io/kubernetes/cmd/<name> does; nothing is patched.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	_ "time/tzdata" // time zones of CronJobs, as upstream's kube-apiserver and kube-controller-manager have them

	"github.com/spf13/cobra"

	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
)

var servers = map[string]func() *cobra.Command{
	"kube-apiserver":          apiserver.NewAPIServerCommand,
	"kube-controller-manager": controllermanager.NewControllerManagerCommand,
	"kube-scheduler":          func() *cobra.Command { return scheduler.NewSchedulerCommand() },
	"kube-proxy":              proxy.NewProxyCommand,
	"kubelet":                 func() *cobra.Command { return kubelet.NewKubeletCommand(context.Background()) },
}

func main() {
	name := filepath.Base(os.Args[0])
	newCommand, ok := servers[name]
	if !ok {
		fmt.Fprintf(os.Stderr, "kubernetes: called as %q; call it by a link named as one of its servers (kubelet, kube-apiserver, …)\n", name)
		os.Exit(2)
	}
	os.Exit(cli.Run(newCommand()))
}
