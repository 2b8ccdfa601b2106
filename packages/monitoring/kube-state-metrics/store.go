package main

import (
	"io"
	"slices"
	"sort"
	"sync"

	"k8s.io/apimachinery/pkg/api/meta"
)

// store keeps, for each object, the lines of each family as text: an event renders one object, a scrape only writes.
type store struct {
	generators []generator
	denied     []string

	mutex   sync.RWMutex
	keys    []string
	objects map[string][][]byte
	filled  bool
}

func newStore(generators []generator, denied []string) *store {
	return &store{generators: generators, denied: denied, objects: map[string][][]byte{}}
}

// Add, Update, Delete, Replace and Resync are what a reflector calls.
func (s *store) Add(o any) error {
	key, lines, err := s.render(o)
	if err != nil || lines == nil {
		return err
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if _, known := s.objects[key]; !known {
		at, _ := slices.BinarySearch(s.keys, key)
		s.keys = slices.Insert(s.keys, at, key)
	}
	s.objects[key] = lines
	return nil
}

func (s *store) Update(o any) error { return s.Add(o) }

func (s *store) Delete(o any) error {
	key, err := keyOf(o)
	if err != nil {
		return err
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if at, known := slices.BinarySearch(s.keys, key); known {
		s.keys = slices.Delete(s.keys, at, at+1)
		delete(s.objects, key)
	}
	return nil
}

func (s *store) Replace(list []any, _ string) error {
	objects := make(map[string][][]byte, len(list))
	for _, o := range list {
		key, lines, err := s.render(o)
		if err != nil {
			return err
		}
		if lines != nil {
			objects[key] = lines
		}
	}
	keys := make([]string, 0, len(objects))
	for key := range objects {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.keys, s.objects, s.filled = keys, objects, true
	return nil
}

func (s *store) Resync() error { return nil }

// render gives no lines for an object of a namespace that is left out.
func (s *store) render(o any) (string, [][]byte, error) {
	accessor, err := meta.Accessor(o)
	if err != nil {
		return "", nil, err
	}
	if namespace := accessor.GetNamespace(); namespace != "" && slices.Contains(s.denied, namespace) {
		return "", nil, nil
	}
	lines := make([][]byte, len(s.generators))
	for i, g := range s.generators {
		lines[i] = slices.Clip(g.write(nil, o))
	}
	key, err := keyOf(o)
	return key, lines, err
}

// keyOf orders by namespace and name.
func keyOf(o any) (string, error) {
	accessor, err := meta.Accessor(o)
	if err != nil {
		return "", err
	}
	return accessor.GetNamespace() + "\x00" + accessor.GetName() + "\x00" + string(accessor.GetUID()), nil
}

// write appends the lines of one family.
func (s *store) write(w io.Writer, family int) error {
	s.mutex.RLock()
	defer s.mutex.RUnlock()
	for _, key := range s.keys {
		if _, err := w.Write(s.objects[key][family]); err != nil {
			return err
		}
	}
	return nil
}

func (s *store) isFilled() bool {
	s.mutex.RLock()
	defer s.mutex.RUnlock()
	return s.filled
}
