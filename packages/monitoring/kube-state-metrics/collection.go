package main

import (
	"bufio"
	"context"
	"io"
	"sync/atomic"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

// collection is one resource: its families and its objects, one store for each namespace that is asked for.
type collection struct {
	resource   resource
	generators []generator
	stores     []*store
	namespaces []string
	// refused says that the API server gave an error for some store: that may stay so, and the others are served.
	refused atomic.Bool
}

// collect prepares the resources that the options name.
func collect(o options) []*collection {
	out := []*collection{}
	for _, r := range o.resources {
		c := &collection{resource: r, namespaces: o.watches(r)}
		for _, g := range r.families(o.labels.of(r.name), o.annotations.of(r.name)) {
			if o.serves(g.name) {
				c.generators = append(c.generators, g)
			}
		}
		for range c.namespaces {
			c.stores = append(c.stores, newStore(c.generators, o.deniedNamespaces))
		}
		if len(c.generators) > 0 {
			out = append(out, c)
		}
	}
	return out
}

// watch keeps the stores up to date, with one list and then a watch each, until the context ends.
func (c *collection) watch(ctx context.Context, client kubernetes.Interface, t *telemetry) {
	for i, namespace := range c.namespaces {
		plain := cache.NewListWatchFromClient(c.resource.group(client), c.resource.name, namespace, fields.Everything())
		counted := &cache.ListWatch{
			ListWithContextFunc: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
				list, err := plain.ListWithContext(ctx, o)
				t.listed(c.resource.typeName(), err)
				c.note(err)
				return list, err
			},
			WatchFuncWithContext: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
				w, err := plain.WatchWithContext(ctx, o)
				t.watched(c.resource.typeName(), err)
				c.note(err)
				return w, err
			},
		}
		name := "kube-state-metrics/" + c.resource.name
		go cache.NewNamedReflector(name, counted, c.resource.example, c.stores[i], 0).RunWithContext(ctx)
	}
}

func (c *collection) note(err error) {
	if err != nil {
		c.refused.Store(true)
	}
}

// settled says whether the first answer is there, be it that there is none.
func (c *collection) settled() bool {
	if c.refused.Load() {
		return true
	}
	for _, s := range c.stores {
		if !s.isFilled() {
			return false
		}
	}
	return true
}

// writeAll writes all families of all collections.
func writeAll(w io.Writer, collections []*collection) error {
	buffered := bufio.NewWriterSize(w, 1<<16)
	for _, c := range collections {
		for i, g := range c.generators {
			if _, err := buffered.WriteString(g.header); err != nil {
				return err
			}
			for _, s := range c.stores {
				if err := s.write(buffered, i); err != nil {
					return err
				}
			}
		}
	}
	return buffered.Flush()
}
