package main

import (
	"reflect"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// group gives the client of an API group and version.
type group func(kubernetes.Interface) rest.Interface

var (
	core        group = func(c kubernetes.Interface) rest.Interface { return c.CoreV1().RESTClient() }
	apps        group = func(c kubernetes.Interface) rest.Interface { return c.AppsV1().RESTClient() }
	batch       group = func(c kubernetes.Interface) rest.Interface { return c.BatchV1().RESTClient() }
	autoscaling group = func(c kubernetes.Interface) rest.Interface { return c.AutoscalingV2().RESTClient() }
	networking  group = func(c kubernetes.Interface) rest.Interface { return c.NetworkingV1().RESTClient() }
	storage     group = func(c kubernetes.Interface) rest.Interface { return c.StorageV1().RESTClient() }
	policy      group = func(c kubernetes.Interface) rest.Interface { return c.PolicyV1().RESTClient() }
	discovery   group = func(c kubernetes.Interface) rest.Interface { return c.DiscoveryV1().RESTClient() }
	leasing     group = func(c kubernetes.Interface) rest.Interface { return c.CoordinationV1().RESTClient() }
)

// resource is what --resources names: a kind of object and the families that it has.
type resource struct {
	// name is the plural, as in the API's paths.
	name       string
	namespaced bool
	group      group
	// example has the type of the objects.
	example runtime.Object
	// families are those of the table and what every resource has; labels and annotations as far as they are allowed.
	families func(labels, annotations patterns) []generator
}

// typeName is how upstream calls the kind in its own metrics: `*v1.Pod`.
func (r resource) typeName() string { return reflect.TypeOf(r.example).String() }

// table is what one file says of its resource.
type table[T object] struct {
	name    string
	cluster bool
	group   group
	example T
	// prefix begins the names of the families: `kube_pod`.
	prefix string
	// own are the names of the labels that name an object, and identify gives their values.
	own      []string
	identify func(T) []string
	families []family[T]
}

// define makes a resource of a table.
func define[T object](t table[T]) resource {
	return resource{
		name:       t.name,
		namespaced: !t.cluster,
		group:      t.group,
		example:    t.example,
		families: func(allowedLabels, allowedAnnotations patterns) []generator {
			all := append([]family[T]{}, t.families...)
			all = append(all, maybe(t.prefix+"_created", "Unix creation timestamp", func(o T) (float64, bool) {
				created := o.GetCreationTimestamp()
				return unix(&created)
			}))
			all = append(all, metadata(t.prefix+"_annotations", "annotation", allowedAnnotations, T.GetAnnotations))
			all = append(all, metadata(t.prefix+"_labels", "label", allowedLabels, T.GetLabels))
			compiled := make([]generator, len(all))
			for i, f := range all {
				compiled[i] = compile(f, t.own, t.identify)
			}
			return compiled
		},
	}
}

// metadata is the family that has an object's labels or annotations, and no series unless some are allowed.
func metadata[T object](name, prefix string, allowed patterns, of func(T) map[string]string) family[T] {
	help := "Kubernetes " + prefix + "s converted to Prometheus labels."
	return family[T]{name: name, help: help, samples: func(o T) []sample {
		if len(allowed) == 0 {
			return nil
		}
		names, values := prefixed(prefix, of(o), allowed)
		return []sample{{names: names, values: values, value: 1}}
	}}
}

// namespacedAs identifies objects by their namespace and their name.
func namespacedAs[T object](label string) ([]string, func(T) []string) {
	return []string{"namespace", label}, func(o T) []string { return []string{o.GetNamespace(), o.GetName()} }
}

// deletion is the family of objects that wait for their end.
func deletion[T object](prefix string) family[T] {
	return maybe(prefix+"_deletion_timestamp", "Unix deletion timestamp", func(o T) (float64, bool) {
		return unix(o.GetDeletionTimestamp())
	})
}

// resources are all that there is, in the order in which they are served.
var resources = []resource{
	configMaps, cronJobs, daemonSets, deployments, endpoints, endpointSlices, horizontalPodAutoscalers, ingresses, jobs,
	leases, limitRanges, namespaces, networkPolicies, nodes, persistentVolumeClaims, persistentVolumes,
	podDisruptionBudgets, pods, replicaSets, replicationControllers, resourceQuotas, secrets, services, statefulSets,
	storageClasses,
}
