package main

import (
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// object is what the API server has: with metadata, and with a type of its own.
type object interface {
	metav1.Object
	runtime.Object
}

// sample is one series of a family and its value.
type sample struct {
	// names are set where each object has other labels; else they are those of the family.
	names  []string
	values []string
	value  float64
}

func value(v float64, labels ...string) sample { return sample{values: labels, value: v} }

// family is one row of a resource's table: upstream's name and help, and what it says of an object.
type family[T object] struct {
	name, help string
	counter    bool
	// labels come after those that name the object.
	labels  []string
	samples func(T) []sample
}

// gauge is a family of one series an object.
func gauge[T object](name, help string, of func(T) float64) family[T] {
	return family[T]{name: name, help: help, samples: func(o T) []sample { return []sample{value(of(o))} }}
}

// maybe is a family of one series an object, where there is something to say.
func maybe[T object](name, help string, of func(T) (float64, bool)) family[T] {
	return family[T]{name: name, help: help, samples: func(o T) []sample {
		if v, there := of(o); there {
			return []sample{value(v)}
		}
		return nil
	}}
}

// series is a family of any number of series an object.
func series[T object](name, help string, labels []string, of func(T) []sample) family[T] {
	return family[T]{name: name, help: help, labels: labels, samples: of}
}

// counter is a family of series that only grow.
func counter[T object](name, help string, labels []string, of func(T) []sample) family[T] {
	return family[T]{name: name, help: help, counter: true, labels: labels, samples: of}
}

func labels(names ...string) []string { return names }

// one is what an `_info` family has.
func one(labels ...string) []sample { return []sample{value(1, labels...)} }

// generator is a family without its type: a header, and the lines of one object.
type generator struct {
	name   string
	header string
	write  func(buffer []byte, object any) []byte
}

// compile ties a family to the labels that name its objects.
func compile[T object](f family[T], own []string, identify func(T) []string) generator {
	kind := "gauge"
	if f.counter {
		kind = "counter"
	}
	names := append(append([]string{}, own...), f.labels...)
	return generator{
		name:   f.name,
		header: "# HELP " + f.name + " " + f.help + "\n# TYPE " + f.name + " " + kind + "\n",
		write: func(buffer []byte, o any) []byte {
			typed := o.(T)
			var identity []string
			for _, s := range f.samples(typed) {
				if identity == nil {
					identity = identify(typed)
				}
				all := names
				if s.names != nil {
					all = append(append([]string{}, own...), s.names...)
				}
				buffer = appendLine(buffer, f.name, all, identity, s)
			}
			return buffer
		},
	}
}

func appendLine(buffer []byte, name string, names, identity []string, s sample) []byte {
	buffer = append(buffer, name...)
	for i, label := range names {
		separator := byte(',')
		if i == 0 {
			separator = '{'
		}
		buffer = append(append(buffer, separator), label...)
		v := ""
		if i < len(identity) {
			v = identity[i]
		} else {
			v = s.values[i-len(identity)]
		}
		buffer = append(append(append(buffer, `="`...), escaper.Replace(v)...), '"')
	}
	if len(names) > 0 {
		buffer = append(buffer, '}')
	}
	buffer = append(buffer, ' ')
	return append(strconv.AppendFloat(buffer, s.value, 'g', -1, 64), '\n')
}

var escaper = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)

func boolean(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// unix is a time that is there, as a value.
func unix(t *metav1.Time) (float64, bool) {
	if t == nil || t.IsZero() {
		return 0, false
	}
	return float64(t.Unix()), true
}

func unixOf(t time.Time) float64 { return float64(t.Unix()) }

// number is a number that is there, as a value.
func number[N int32 | int64](n *N) (float64, bool) {
	if n == nil {
		return 0, false
	}
	return float64(*n), true
}

// deref gives a pointer's value; its zero for none.
func deref[V any](p *V) V {
	if p == nil {
		var zero V
		return zero
	}
	return *p
}

var (
	invalid  = regexp.MustCompile(`[^a-zA-Z0-9_]`)
	camelled = regexp.MustCompile(`([a-z0-9])([A-Z])`)
)

// sanitize makes the name of a Kubernetes resource or label one that Prometheus takes.
func sanitize(name string) string { return invalid.ReplaceAllString(name, "_") }

// prefixed turns those of an object's labels or annotations that are allowed into Prometheus' labels, sorted. Two that
// come to the same name are told apart as upstream does it.
func prefixed(prefix string, all map[string]string, allowed patterns) (names, values []string) {
	keys := make([]string, 0, len(all))
	for key := range all {
		if allowed.match(key) {
			keys = append(keys, key)
		}
	}
	sort.Strings(keys)
	first := map[string]int{}
	count := map[string]int{}
	names, values = []string{}, []string{}
	for i, key := range keys {
		name := prefix + "_" + strings.ToLower(camelled.ReplaceAllString(sanitize(key), "${1}_${2}"))
		if at, taken := first[name]; taken {
			if count[name] == 1 {
				names[at] = name + "_conflict1"
			}
			count[name]++
			names = append(names, name+"_conflict"+strconv.Itoa(count[name]))
		} else {
			first[name], count[name] = i, 1
			names = append(names, name)
		}
		values = append(values, all[key])
	}
	return names, values
}
