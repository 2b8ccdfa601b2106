// A stand-in for Grafana where its image is not available: it serves the same provisioning files and the parts of
// Grafana's HTTP API that the platform's scripts use, and says what it is wherever a person looks.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// standsInFor is the Grafana whose API this follows; a test compares it with the image's tag.
const standsInFor = "13.2.3"

func main() {
	if len(os.Args) == 2 && os.Args[1] == "--version" {
		fmt.Println("stand-in for Grafana", standsInFor)
		return
	}
	if err := run(); err != nil {
		log.Fatalf("level=error msg=%q", err.Error())
	}
}

func run() error {
	log.SetFlags(log.LstdFlags | log.LUTC)
	config, err := LoadConfig(os.Getenv)
	if err != nil {
		return err
	}
	options, err := config.Options()
	if err != nil {
		return err
	}
	server, err := NewServer(options, os.Getenv, log.Printf)
	if err != nil {
		return err
	}
	log.Printf("level=info msg=\"stand-in for Grafana %s\" address=%s datasources=%d dashboards=%d", standsInFor, options.Address, len(server.datasources), len(server.library.All()))
	for _, plugin := range options.Plugins {
		log.Printf("level=warn msg=\"a stand-in installs no plugins\" plugin=%s", plugin)
	}
	listener := &http.Server{Addr: options.Address, Handler: server, ReadHeaderTimeout: 10 * time.Second}
	ended, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	failed := make(chan error, 1)
	go func() { failed <- listener.ListenAndServe() }()
	select {
	case err := <-failed:
		return err
	case <-ended.Done():
	}
	grace, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := listener.Shutdown(grace); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}
