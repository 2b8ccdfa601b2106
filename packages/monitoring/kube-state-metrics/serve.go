package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"k8s.io/klog/v2"
)

// contentType is that of the text format, which all of Prometheus' versions read.
const contentType = "text/plain; version=0.0.4; charset=utf-8"

// handler serves the objects' metrics and the probes; alive asks the API server.
func handler(collections []*collection, alive func(context.Context) error) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		if err := writeAll(w, collections); err != nil {
			klog.V(2).InfoS("a scrape ended early", "err", err)
		}
	})
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, nil) })
	mux.HandleFunc("/livez", func(w http.ResponseWriter, r *http.Request) { answer(w, alive(r.Context())) })
	mux.HandleFunc("/readyz", func(w http.ResponseWriter, _ *http.Request) { answer(w, unsettled(collections)) })
	mux.HandleFunc("/{$}", page(resourcesOf(collections), "metrics", "healthz", "livez", "readyz"))
	return mux
}

// telemetryHandler serves what the program says of itself; readiness is asked for on this port, as upstream has it.
func telemetryHandler(t *telemetry, collections []*collection) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/metrics", t.handler())
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, nil) })
	mux.HandleFunc("/readyz", func(w http.ResponseWriter, _ *http.Request) { answer(w, unsettled(collections)) })
	mux.HandleFunc("/{$}", page(nil, "metrics", "healthz", "readyz"))
	return mux
}

func answer(w http.ResponseWriter, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, http.StatusText(http.StatusOK))
}

// unsettled names the resources of which nothing is known yet: what is served before that would look as if they were gone.
func unsettled(collections []*collection) error {
	names := []string{}
	for _, c := range collections {
		if !c.settled() {
			names = append(names, c.resource.name)
		}
	}
	if len(names) > 0 {
		return fmt.Errorf("waiting for the first list of %s", strings.Join(names, ", "))
	}
	return nil
}

func resourcesOf(collections []*collection) []string {
	names := []string{}
	for _, c := range collections {
		names = append(names, c.resource.name)
	}
	return names
}

func page(resources []string, paths ...string) http.HandlerFunc {
	links := ""
	for _, path := range paths {
		links += fmt.Sprintf("<a href=\"/%s\">%s</a> ", path, path)
	}
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, "<!doctype html><title>kube-state-metrics (stand-in)</title><h1>kube-state-metrics (stand-in)</h1>"+
			"<p>This program %s.</p><p>%s</p><p>%s</p>\n", says, links, strings.Join(resources, " "))
	}
}

// serve listens until the context ends, then lets running requests finish.
func serve(ctx context.Context, host string, port int, handler http.Handler) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: time.Minute, WriteTimeout: time.Minute, IdleTimeout: 5 * time.Minute}
	klog.InfoS("serving", "address", listener.Addr().String())
	stop := context.AfterFunc(ctx, func() {
		ending, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		_ = server.Shutdown(ending)
	})
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
