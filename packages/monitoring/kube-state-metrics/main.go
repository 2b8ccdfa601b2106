// kube-state-metrics (stand-in) serves the state of a cluster's objects as metrics, under the names, labels and help
// texts of kube-state-metrics v2, where its image is not available. It is not upstream's software and has none of its code.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
)

func main() {
	o, err := parseOptions(os.Args[1:], os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "kube-state-metrics:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "kube-state-metrics:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	client, err := connect(o)
	if err != nil {
		return err
	}
	klog.InfoS("This program "+says, "upstream", upstream)
	collections := collect(o)
	telemetry := newTelemetry(collections)
	for _, c := range collections {
		c.watch(ctx, client, telemetry)
	}
	alive := func(ctx context.Context) error {
		_, err := client.Discovery().RESTClient().Get().AbsPath("/livez").Timeout(5 * time.Second).DoRaw(ctx)
		return err
	}
	ended := make(chan error, 2)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() { ended <- serve(ctx, o.host, o.port, handler(collections, alive)) }()
	go func() {
		ended <- serve(ctx, o.telemetryHost, o.telemetryPort, telemetryHandler(telemetry, collections))
	}()
	err = <-ended
	// One that can't serve takes the other with it: half a program would look healthy.
	stop()
	return errors.Join(err, <-ended)
}

func connect(o options) (kubernetes.Interface, error) {
	config, err := clientConfig(o)
	if err != nil {
		return nil, err
	}
	config.UserAgent = "kube-state-metrics-stand-in/" + standsFor
	config.AcceptContentTypes = "application/vnd.kubernetes.protobuf,application/json"
	config.ContentType = "application/vnd.kubernetes.protobuf"
	// All watches begin at once; what follows them is rare.
	config.QPS, config.Burst = 20, 60
	return kubernetes.NewForConfig(config)
}

func clientConfig(o options) (*rest.Config, error) {
	if o.kubeconfig == "" && o.apiserver == "" {
		return rest.InClusterConfig()
	}
	return clientcmd.BuildConfigFromFlags(o.apiserver, o.kubeconfig)
}
