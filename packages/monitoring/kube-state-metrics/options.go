package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"k8s.io/klog/v2"
)

// options are those of upstream's flags that the stand-in has; any other flag is refused.
type options struct {
	resources              []resource
	namespaces             []string
	deniedNamespaces       []string
	host, telemetryHost    string
	port, telemetryPort    int
	kubeconfig, apiserver  string
	labels, annotations    allowlist
	metrics, deniedMetrics patterns
}

func parseOptions(args []string, output io.Writer) (options, error) {
	flags := flag.NewFlagSet("kube-state-metrics", flag.ContinueOnError)
	flags.SetOutput(output)
	flags.Usage = func() {
		fmt.Fprintf(output, "%s. Flags:\n", says)
		flags.PrintDefaults()
	}
	o := options{}
	var names, spaces, denied, labelList, annotationList, metricList, denyList string
	flags.StringVar(&names, "resources", strings.Join(resourceNames(defaultResources()), ","), "resources to watch")
	flags.StringVar(&spaces, "namespaces", "", "namespaces to watch; all by default")
	flags.StringVar(&denied, "namespaces-denylist", "", "namespaces to leave out")
	flags.StringVar(&o.host, "host", "::", "address to serve metrics on")
	flags.IntVar(&o.port, "port", 8080, "port to serve metrics on")
	flags.StringVar(&o.telemetryHost, "telemetry-host", "::", "address to serve its own metrics on")
	flags.IntVar(&o.telemetryPort, "telemetry-port", 8081, "port to serve its own metrics on")
	flags.StringVar(&o.kubeconfig, "kubeconfig", "", "path of a kubeconfig; the pod's own account by default")
	flags.StringVar(&o.apiserver, "apiserver", "", "URL of the API server")
	flags.StringVar(&labelList, "metric-labels-allowlist", "", "labels to show: pods=[app,…],…")
	flags.StringVar(&annotationList, "metric-annotations-allowlist", "", "annotations to show: pods=[team,…],…")
	flags.StringVar(&metricList, "metric-allowlist", "", "metrics to serve, names or regular expressions")
	flags.StringVar(&denyList, "metric-denylist", "", "metrics to leave out, names or regular expressions")
	klog.InitFlags(flags)
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unknown argument %q", flags.Arg(0))
	}
	var errs [5]error
	o.resources, errs[0] = resourcesNamed(splitList(names))
	o.namespaces, o.deniedNamespaces = splitList(spaces), splitList(denied)
	o.labels, errs[1] = parseAllowlist(labelList)
	o.annotations, errs[2] = parseAllowlist(annotationList)
	o.metrics, errs[3] = parsePatterns(metricList)
	o.deniedMetrics, errs[4] = parsePatterns(denyList)
	if len(o.metrics) > 0 && len(o.deniedMetrics) > 0 {
		return o, errors.New("--metric-allowlist and --metric-denylist exclude each other")
	}
	return o, errors.Join(errs[:]...)
}

// serves says whether a metric is wanted.
func (o options) serves(metric string) bool {
	return (len(o.metrics) == 0 || o.metrics.match(metric)) && !o.deniedMetrics.match(metric)
}

// watches lists the namespaces to ask for; the empty name is all of them.
func (o options) watches(r resource) []string {
	if !r.namespaced || len(o.namespaces) == 0 {
		return []string{""}
	}
	return slices.DeleteFunc(slices.Clone(o.namespaces), func(n string) bool { return slices.Contains(o.deniedNamespaces, n) })
}

// defaultResources are all but endpoints, which upstream leaves out too: endpointslices say the same.
func defaultResources() []resource {
	return slices.DeleteFunc(slices.Clone(resources), func(r resource) bool { return r.name == "endpoints" })
}

func resourceNames(of []resource) []string {
	out := make([]string, len(of))
	for i, r := range of {
		out[i] = r.name
	}
	return out
}

func resourcesNamed(names []string) ([]resource, error) {
	out := []resource{}
	for _, r := range resources {
		if slices.Contains(names, r.name) {
			out = append(out, r)
		}
	}
	for _, name := range names {
		if !slices.Contains(resourceNames(resources), name) {
			return nil, fmt.Errorf("--resources: there is no %q here; there are %s", name, strings.Join(resourceNames(resources), ", "))
		}
	}
	return out, nil
}
