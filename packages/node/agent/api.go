package main

import (
	"context"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/record"
)

// apiProbe asks the API server whether it is ready. Its client is made once.
type apiProbe struct {
	once   sync.Once
	client *kubernetes.Clientset
	err    error
}

func (p *apiProbe) clientset() (*kubernetes.Clientset, error) {
	p.once.Do(func() {
		config, err := clientcmd.BuildConfigFromFlags("", kubeconfigOf("node-agent"))
		if err != nil {
			p.err = err
			return
		}
		config.QPS, config.Burst = 50, 100
		p.client, p.err = kubernetes.NewForConfig(config)
	})
	return p.client, p.err
}

func (p *apiProbe) ready() error {
	client, err := p.clientset()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	return client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
}

// runControllers gives what a cloud would give, from when the API server is ready until the context ends.
func runControllers(ctx context.Context, config *Config, probe *apiProbe, status *Status, say func(string, ...any)) {
	for probe.ready() != nil {
		select {
		case <-ctx.Done():
			return
		case <-time.After(50 * time.Millisecond):
		}
	}
	status.apiReady()
	client, err := probe.clientset()
	if err != nil {
		say("controllers: %v", err)
		return
	}
	broadcaster := record.NewBroadcaster()
	broadcaster.StartRecordingToSink(&typedcorev1.EventSinkImpl{Interface: client.CoreV1().Events("")})
	events := broadcaster.NewRecorder(scheme.Scheme, corev1.EventSource{Component: "node-agent"})

	go runServices(ctx, config, client, events, status, say)
	go runProvisioner(ctx, config, client, say)
	go func() {
		awaitNodeReady(ctx, client, config.NodeName)
		if ctx.Err() == nil {
			status.nodeReady()
		}
	}()
}

func awaitNodeReady(ctx context.Context, client kubernetes.Interface, name string) {
	for ctx.Err() == nil {
		node, err := client.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{})
		if err == nil {
			for _, condition := range node.Status.Conditions {
				// A condition of before the last stop is not news: the kubelet must have spoken since it was started.
				if condition.Type == corev1.NodeReady && condition.Status == corev1.ConditionTrue && time.Since(condition.LastHeartbeatTime.Time) < 15*time.Second {
					return
				}
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
}
