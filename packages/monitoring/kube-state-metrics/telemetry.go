package main

import (
	"net/http"
	"runtime"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const (
	upstream = "registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.20.0"
	// standsFor is the version whose families these are; the version of the stand-in is the repository's.
	standsFor = "v2.20.0"
	says      = "stands in for kube-state-metrics " + standsFor + ": the same families for the resources below, from watches; not upstream's software"
)

// telemetry is what the program says of itself, on a port of its own.
type telemetry struct {
	registry       *prometheus.Registry
	lists, watches *prometheus.CounterVec
}

func newTelemetry(collections []*collection) *telemetry {
	t := &telemetry{
		registry: prometheus.NewRegistry(),
		lists: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "kube_state_metrics_list_total", Help: "Number of total resource list in kube-state-metrics",
		}, []string{"result", "resource"}),
		watches: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "kube_state_metrics_watch_total", Help: "Number of total resource watch in kube-state-metrics",
		}, []string{"result", "resource"}),
	}
	constant := func(name, help string, labels prometheus.Labels) {
		t.registry.MustRegister(prometheus.NewGaugeFunc(
			prometheus.GaugeOpts{Name: name, Help: help, ConstLabels: labels}, func() float64 { return 1 }))
	}
	constant("kube_state_metrics_build_info",
		"A metric with a constant '1' value labeled by version, revision, branch, goversion from which kube_state_metrics was built.",
		prometheus.Labels{"version": standsFor, "revision": "stand-in", "branch": "", "goversion": runtime.Version(), "goos": runtime.GOOS, "goarch": runtime.GOARCH, "tags": "stand-in"})
	constant("kube_state_metrics_stand_in", "1 where a program of observable-platform "+says, prometheus.Labels{"upstream": upstream})
	constant("kube_state_metrics_total_shards", "Number of total shards this instance is aware of", nil)
	t.registry.MustRegister(t.lists, t.watches, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "kube_state_metrics_shard_ordinal", Help: "Current sharding ordinal/index of this instance",
			ConstLabels: prometheus.Labels{"shard_ordinal": "0"},
		}, func() float64 { return 0 }))
	// All series from the start: a rate of errors needs a zero to begin with.
	for _, c := range collections {
		for _, result := range []string{"success", "error"} {
			t.lists.WithLabelValues(result, c.resource.typeName())
			t.watches.WithLabelValues(result, c.resource.typeName())
		}
	}
	return t
}

func (t *telemetry) listed(resource string, err error) {
	t.lists.WithLabelValues(resultOf(err), resource).Inc()
}

func (t *telemetry) watched(resource string, err error) {
	t.watches.WithLabelValues(resultOf(err), resource).Inc()
}

func resultOf(err error) string {
	if err != nil {
		return "error"
	}
	return "success"
}

func (t *telemetry) handler() http.Handler {
	return promhttp.HandlerFor(t.registry, promhttp.HandlerOpts{})
}
