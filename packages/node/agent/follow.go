package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

const (
	// A watch is asked to end after this time, and up to as much again: so what was missed, if ever, is seen after it.
	watchLimit = 5 * time.Minute
	// A watch that has not ended so long after it should have is dead.
	watchGrace       = 30 * time.Second
	firstFollowPause = 200 * time.Millisecond
	lastFollowPause  = 5 * time.Second
	// A list and a watch that went on this long count as a success: the next pause is short again.
	followedWell = 10 * time.Second
)

// follower keeps what the API has of one kind, and says what changes.
type follower[T any] struct {
	client *client
	path   string
	// keyOf names an object here; it is never two objects' at a time.
	keyOf func(T) string
	// changed is called after an object has come, changed or gone; after each new list for all. It must not wait.
	changed func(key string)
	say     func(string, ...any)
	limit   time.Duration
	grace   time.Duration

	mutex   sync.RWMutex
	objects map[string]T
	synced  chan struct{} // closed after the first list
	once    sync.Once
}

func newFollower[T any](client *client, path string, keyOf func(T) string, changed func(string), say func(string, ...any)) *follower[T] {
	return &follower[T]{client: client, path: path, keyOf: keyOf, changed: changed, say: say,
		limit: watchLimit, grace: watchGrace, objects: map[string]T{}, synced: make(chan struct{})}
}

// run follows until the context ends.
func (f *follower[T]) run(ctx context.Context) {
	pause, said := firstFollowPause, false
	for ctx.Err() == nil {
		began := time.Now()
		err := f.listAndWatch(ctx)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > followedWell {
			pause, said = firstFollowPause, false
		}
		if err != nil && !said {
			f.say("%s: %v; it is listed again until that works", f.path, err)
			said = true
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(pause*2, lastFollowPause)
	}
}

// hasSynced waits for the first list; false means that the context ended before.
func (f *follower[T]) hasSynced(ctx context.Context) bool {
	select {
	case <-f.synced:
		return true
	case <-ctx.Done():
		return false
	}
}

func (f *follower[T]) get(key string) (T, bool) {
	f.mutex.RLock()
	defer f.mutex.RUnlock()
	object, ok := f.objects[key]
	return object, ok
}

// all is in no order.
func (f *follower[T]) all() []T {
	f.mutex.RLock()
	defer f.mutex.RUnlock()
	return slices.Collect(maps.Values(f.objects))
}

func (f *follower[T]) listAndWatch(ctx context.Context) error {
	var list struct {
		Metadata Metadata `json:"metadata"`
		Items    []T      `json:"items"`
	}
	if err := f.client.get(ctx, f.path, &list); err != nil {
		return err
	}
	f.replace(list.Items)
	limit := f.limit + rand.N(f.limit) // not all at once
	ctx, cancel := context.WithTimeout(ctx, limit+f.grace)
	defer cancel()
	stream, err := f.client.watch(ctx, f.path, list.Metadata.ResourceVersion, limit)
	if err != nil {
		return err
	}
	defer stream.Close()
	for decoder := json.NewDecoder(stream); ; {
		var event struct {
			Type   string          `json:"type"`
			Object json.RawMessage `json:"object"`
		}
		if err := decoder.Decode(&event); errors.Is(err, io.EOF) {
			return nil // its time is over
		} else if err != nil {
			return err
		}
		if err := f.take(event.Type, event.Object); err != nil {
			return err
		}
	}
}

func (f *follower[T]) replace(items []T) {
	objects := make(map[string]T, len(items))
	for _, object := range items {
		objects[f.keyOf(object)] = object
	}
	f.mutex.Lock()
	before := f.objects
	f.objects = objects
	f.mutex.Unlock()
	f.once.Do(func() { close(f.synced) })
	for key := range before {
		if _, ok := objects[key]; !ok {
			f.changed(key)
		}
	}
	for key := range objects {
		f.changed(key)
	}
}

func (f *follower[T]) take(event string, data []byte) error {
	switch event {
	case "BOOKMARK": // a newer resourceVersion and nothing else: the next watch is from a list of its own
		return nil
	case "ERROR": // the changes since the list are forgotten already (410), or the server can't go on
		failure := &apiError{}
		if err := json.Unmarshal(data, failure); err != nil {
			return err
		}
		return fmt.Errorf("the watch ends: %w", failure)
	case "ADDED", "MODIFIED", "DELETED":
		var object T
		if err := json.Unmarshal(data, &object); err != nil {
			return err
		}
		key := f.keyOf(object)
		f.mutex.Lock()
		if event == "DELETED" {
			delete(f.objects, key)
		} else {
			f.objects[key] = object
		}
		f.mutex.Unlock()
		f.changed(key)
		return nil
	}
	return fmt.Errorf("the watch says %q, which is unknown", event)
}
