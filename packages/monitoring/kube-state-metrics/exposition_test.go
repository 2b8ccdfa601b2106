package main

import (
	"reflect"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"
)

// read makes an object of a resource's type from YAML.
func read(t testing.TB, r resource, text string) runtime.Object {
	t.Helper()
	o := reflect.New(reflect.TypeOf(r.example).Elem()).Interface().(runtime.Object)
	if err := yaml.UnmarshalStrict([]byte(text), o); err != nil {
		t.Fatal(err)
	}
	return o
}

// exposed gives the lines of the families that begin with one of the prefixes.
func exposed(t testing.TB, r resource, o runtime.Object, flags []string, prefixes ...string) string {
	t.Helper()
	parsed, err := parseOptions(append([]string{"--resources=" + r.name}, flags...), &strings.Builder{})
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Builder{}
	for _, c := range collect(parsed) {
		if err := c.stores[0].Add(o); err != nil {
			t.Fatal(err)
		}
		if err := writeAll(&text, []*collection{c}); err != nil {
			t.Fatal(err)
		}
	}
	lines := []string{}
	for _, line := range strings.Split(text.String(), "\n") {
		for _, prefix := range prefixes {
			if strings.HasPrefix(line, prefix) {
				lines = append(lines, line)
				break
			}
		}
	}
	return strings.Join(lines, "\n")
}

type row struct {
	name     string
	resource resource
	object   string
	flags    []string
	// families are prefixes of lines; by default all series of the resource.
	families []string
	want     string
}

func TestExposition(t *testing.T) {
	for _, row := range append(podRows, otherRows...) {
		t.Run(row.name, func(t *testing.T) {
			families := row.families
			if families == nil {
				families = []string{"kube_"}
			}
			got := exposed(t, row.resource, read(t, row.resource, row.object), row.flags, families...)
			if want := strings.TrimSpace(row.want); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

const plain = `metadata: {name: a, namespace: "n", uid: u, generation: 3, resourceVersion: "77", creationTimestamp: "2026-01-01T00:00:00Z", labels: {app: web, "app.kubernetes.io/name": x, camelCase: "y"}}`
