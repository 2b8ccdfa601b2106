package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

func parsed(t testing.TB, args ...string) options {
	t.Helper()
	o, err := parseOptions(args, &strings.Builder{})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestEveryFamilyHasAHelpAndAPrefixAndItsNameOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range resources {
		for _, g := range r.families(nil, nil) {
			header := strings.SplitN(g.header, "\n", 2)[0]
			if seen[g.name] || !strings.HasPrefix(g.name, "kube_") || strings.TrimPrefix(header, "# HELP "+g.name+" ") == "" {
				t.Errorf("%s: %q", g.name, header)
			}
			seen[g.name] = true
		}
	}
}

func TestTheWholeIsValidTextWithoutDoubles(t *testing.T) {
	collections := collect(parsed(t, "--resources="+strings.Join(resourceNames(resources), ","), "--metric-labels-allowlist=*=[*]"))
	for _, row := range append(podRows, otherRows...) {
		for _, c := range collections {
			if c.resource.name == row.resource.name {
				if err := c.stores[0].Replace([]any{read(t, row.resource, row.object)}, "1"); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	text := strings.Builder{}
	if err := writeAll(&text, collections); err != nil {
		t.Fatal(err)
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	if len(families) < 150 {
		t.Errorf("only %d families have series", len(families))
	}
	lines := map[string]bool{}
	for _, line := range strings.Split(strings.TrimSpace(text.String()), "\n") {
		series, _, _ := strings.Cut(line, "} ")
		if lines[series] {
			t.Errorf("twice: %s", line)
		}
		lines[series] = true
	}
}

func TestLabelsOfOneNameAreToldApart(t *testing.T) {
	all, _ := parsePatterns(".*")
	names, values := prefixed("label", map[string]string{"a-b": "1", "a.b": "2", "a_b": "3", "c": "4"}, all)
	if fmt.Sprint(names, values) != "[label_a_b_conflict1 label_a_b_conflict2 label_a_b_conflict3 label_c] [1 2 3 4]" {
		t.Error(names, values)
	}
}

func pod(namespace, name string) *v1.Pod {
	return &v1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, UID: "u"}, Spec: v1.PodSpec{RestartPolicy: "Always"}}
}

func TestStoreKeepsWhatTheEventsLeaveInOrder(t *testing.T) {
	c := collect(parsed(t, "--resources=pods", "--metric-allowlist=^kube_pod_restart_policy$", "--namespaces-denylist=hidden"))[0]
	s := c.stores[0]
	steps := []struct {
		what string
		do   func() error
		want string
	}{
		{"a list", func() error { return s.Replace([]any{pod("b", "x"), pod("a", "y"), pod("hidden", "h")}, "1") }, "a/y b/x"},
		{"one more", func() error { return s.Add(pod("a", "x")) }, "a/x a/y b/x"},
		{"a change", func() error { return s.Update(pod("a", "y")) }, "a/x a/y b/x"},
		{"one of a hidden namespace", func() error { return s.Add(pod("hidden", "i")) }, "a/x a/y b/x"},
		{"one less", func() error { return s.Delete(pod("a", "y")) }, "a/x b/x"},
		{"one that is not there goes", func() error { return s.Delete(pod("z", "z")) }, "a/x b/x"},
		{"another list", func() error { return s.Replace([]any{pod("c", "x")}, "2") }, "c/x"},
	}
	for _, step := range steps {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		text := strings.Builder{}
		_ = writeAll(&text, []*collection{c})
		got := []string{}
		for _, line := range strings.Split(text.String(), "\n") {
			if parts := strings.Split(line, `"`); strings.HasPrefix(line, "kube_") {
				got = append(got, parts[1]+"/"+parts[3])
			}
		}
		if strings.Join(got, " ") != step.want {
			t.Errorf("after %s: %v, not %s", step.what, got, step.want)
		}
	}
}

func TestFlags(t *testing.T) {
	for _, row := range []struct{ args, refused string }{
		{"--resources=pods,nodes --port=1 --telemetry-port=2 --host=127.0.0.1 -v=2", ""},
		{"--resources=pods,unicorns", `there is no "unicorns"`},
		{"--total-shards=2", "flag provided but not defined"},
		{"--custom-resource-state-only", "flag provided but not defined"},
		{"--metric-labels-allowlist=pods", "is not resource=[name,…]"},
		{"--metric-labels-allowlist=pods=[a,b],namespaces=[*]", ""},
		{"--metric-allowlist=a --metric-denylist=b", "exclude each other"},
		{"--metric-denylist=(", "missing closing )"},
		{"pods", "unknown argument"},
		{"--port=x", "invalid value"},
	} {
		_, err := parseOptions(strings.Fields(row.args), &strings.Builder{})
		if (err == nil) != (row.refused == "") || (err != nil && !strings.Contains(err.Error(), row.refused)) {
			t.Errorf("%s: %v", row.args, err)
		}
	}
}

func TestOnlyNamedNamespacesAreAskedFor(t *testing.T) {
	o := parsed(t, "--namespaces=a,b,c", "--namespaces-denylist=b")
	if got := fmt.Sprint(o.watches(pods), o.watches(nodes)); got != "[a c] []" {
		t.Error(got)
	}
}

// An API server that refuses secrets: what is asked for beside them is served all the same.
func TestWithoutPermissionForOneResourceTheOthersGoOn(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		status := func(code int, reason string) {
			w.WriteHeader(code)
			fmt.Fprintf(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":%q,"code":%d}`, reason, code)
		}
		switch {
		case strings.HasSuffix(r.URL.Path, "/secrets"):
			status(http.StatusForbidden, "Forbidden")
		case r.URL.Query().Get("sendInitialEvents") != "":
			status(http.StatusUnprocessableEntity, "Invalid")
		case r.URL.Query().Get("watch") != "":
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		default:
			fmt.Fprint(w, `{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[{"metadata":{"name":"a","namespace":"n"}}]}`)
		}
	}))
	defer server.Close()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	collections := collect(parsed(t, "--resources=configmaps,secrets"))
	own := newTelemetry(collections)
	front := handler(collections, func(context.Context) error { return errors.New("no answer") })
	get := func(h http.Handler, path string) (int, string) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w.Code, w.Body.String()
	}
	back := telemetryHandler(own, collections)
	if code, _ := get(back, "/readyz"); code != http.StatusServiceUnavailable {
		t.Error("ready before the first list")
	}
	if code, text := get(front, "/readyz"); code != http.StatusServiceUnavailable || !strings.Contains(text, "configmaps, secrets") {
		t.Errorf("before the first list: %d %s", code, text)
	}
	client := kubernetes.NewForConfigOrDie(&rest.Config{Host: server.URL})
	for _, c := range collections {
		c.watch(ctx, client, own)
	}
	for until := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		code, text := get(front, "/readyz")
		if code == http.StatusOK && collections[0].stores[0].isFilled() {
			break
		}
		if time.Now().After(until) {
			t.Fatalf("never ready: %s", text)
		}
	}
	_, metrics := get(front, "/metrics")
	if !strings.Contains(metrics, `kube_configmap_info{namespace="n",configmap="a"} 1`) || !strings.Contains(metrics, "# HELP kube_secret_info ") {
		t.Error(metrics)
	}
	if strings.Contains(metrics, "\nkube_secret_info{") {
		t.Error("secrets that nobody may list")
	}
	_, telemetry := get(back, "/metrics")
	for _, want := range []string{
		`kube_state_metrics_stand_in{upstream="` + upstream + `"} 1`, `version="v2.20.0"`,
		`kube_state_metrics_list_total{resource="*v1.ConfigMap",result="success"} 1`,
	} {
		if !strings.Contains(telemetry, want) {
			t.Errorf("no %s in\n%s", want, telemetry)
		}
	}
	if strings.Contains(telemetry, `kube_state_metrics_watch_total{resource="*v1.Secret",result="error"} 0`) &&
		strings.Contains(telemetry, `kube_state_metrics_list_total{resource="*v1.Secret",result="error"} 0`) {
		t.Error("a refusal that is not counted")
	}
	if code, text := get(back, "/readyz"); code != http.StatusOK {
		t.Error(text)
	}
	if code, _ := get(front, "/livez"); code != http.StatusServiceUnavailable {
		t.Error("alive without an API server")
	}
	if _, text := get(front, "/"); !strings.Contains(text, "stands in for kube-state-metrics") {
		t.Error(text)
	}
}

// For a person to run: go test -bench . -benchmem
func BenchmarkScrapeOf500Pods(b *testing.B) {
	c := collect(parsed(b, "--resources=pods"))
	list := []any{}
	for i := range 500 {
		p := read(b, pods, runningPod).(*v1.Pod)
		p.Name = fmt.Sprintf("web-%d", i)
		list = append(list, p)
	}
	if err := c[0].stores[0].Replace(list, "1"); err != nil {
		b.Fatal(err)
	}
	size := strings.Builder{}
	_ = writeAll(&size, c)
	b.SetBytes(int64(size.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if err := writeAll(&discard{}, c); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEventOfAPod(b *testing.B) {
	c := collect(parsed(b, "--resources=pods"))
	p := read(b, pods, runningPod)
	b.ReportAllocs()
	for b.Loop() {
		if err := c[0].stores[0].Add(p); err != nil {
			b.Fatal(err)
		}
	}
}

type discard struct{}

func (*discard) Write(p []byte) (int, error) { return len(p), nil }
