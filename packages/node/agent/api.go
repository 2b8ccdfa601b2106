package main

import (
	"context"
	"sync"
	"time"
)

// apiProbe asks the API server whether it is ready. Its client is made once.
type apiProbe struct {
	once   sync.Once
	client *client
	err    error
}

func (p *apiProbe) connect() (*client, error) {
	p.once.Do(func() { p.client, p.err = newClient(localAPIServer, pkiDir, agentComponent) })
	return p.client, p.err
}

func (p *apiProbe) ready() error {
	client, err := p.connect()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	return client.get(ctx, "/readyz", nil)
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
	client, err := probe.connect()
	if err != nil {
		say("controllers: %v", err)
		return
	}
	events := newRecorder(client, say)

	go events.run(ctx)
	go runServices(ctx, config, client, events, status, say)
	go runProvisioner(ctx, config, client, events, newLog("volumes"))
	go func() {
		awaitNodeReady(ctx, client, config.NodeName)
		if ctx.Err() == nil {
			status.nodeReady()
		}
	}()
}

func awaitNodeReady(ctx context.Context, client *client, name string) {
	for ctx.Err() == nil {
		node := &Node{}
		if err := client.get(ctx, coreAPI+"/nodes/"+name, node); err == nil {
			for _, condition := range node.Status.Conditions {
				// A condition of before the last stop is not news: the kubelet must have spoken since it was started.
				if condition.Type == "Ready" && condition.Status == "True" && time.Since(condition.LastHeartbeatTime) < 15*time.Second {
					return
				}
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
}
