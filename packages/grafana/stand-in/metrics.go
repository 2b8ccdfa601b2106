package main

import (
	"fmt"
	"net/http"
	"runtime"
	"sort"
	"sync"
	"time"
)

type requestKey struct {
	method string
	status int
}

// metrics counts requests by Grafana's own metric name.
type metrics struct {
	mutex   sync.Mutex
	started time.Time
	number  map[requestKey]int
	seconds map[requestKey]float64
}

func newMetrics() *metrics {
	return &metrics{started: time.Now(), number: map[requestKey]int{}, seconds: map[requestKey]float64{}}
}

func (m *metrics) count(method string, status int, took time.Duration) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.number[requestKey{method, status}]++
	m.seconds[requestKey{method, status}] += took.Seconds()
}

func (m *metrics) serve(s *Server) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		dashboards := len(s.library.All())
		m.mutex.Lock()
		defer m.mutex.Unlock()
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		fmt.Fprintf(w, "# HELP grafana_build_info A metric with a constant '1' value labeled by version, revision, branch, and goversion from which Grafana was built\n# TYPE grafana_build_info gauge\ngrafana_build_info{branch=\"\",edition=\"stand-in\",goversion=%q,revision=\"\",version=%q} 1\n", runtime.Version(), version)
		fmt.Fprintf(w, "# HELP grafana_stand_in_info That a stand-in serves in Grafana's place\n# TYPE grafana_stand_in_info gauge\ngrafana_stand_in_info{stands_in_for=%q} 1\n", standsInFor)
		fmt.Fprintf(w, "# HELP grafana_stat_totals_dashboard total amount of dashboards\n# TYPE grafana_stat_totals_dashboard gauge\ngrafana_stat_totals_dashboard %d\n", dashboards)
		fmt.Fprintf(w, "# HELP process_start_time_seconds Start time of the process since unix epoch in seconds.\n# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds %d\n", m.started.Unix())
		keys := make([]requestKey, 0, len(m.number))
		for key := range m.number {
			keys = append(keys, key)
		}
		sort.Slice(keys, func(i, j int) bool {
			return keys[i].method < keys[j].method || keys[i].method == keys[j].method && keys[i].status < keys[j].status
		})
		fmt.Fprint(w, "# HELP grafana_http_request_duration_seconds Histogram of latencies for HTTP requests.\n# TYPE grafana_http_request_duration_seconds summary\n")
		for _, key := range keys {
			labels := fmt.Sprintf("{method=%q,status_code=\"%d\"}", key.method, key.status)
			fmt.Fprintf(w, "grafana_http_request_duration_seconds_sum%s %g\ngrafana_http_request_duration_seconds_count%s %d\n", labels, m.seconds[key], labels, m.number[key])
		}
	}
}
