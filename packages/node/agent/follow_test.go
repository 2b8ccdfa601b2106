package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const servicesPath = coreAPI + "/services"

// script answers each list and each watch by what is next in it; when it is at its end, watches say nothing more.
type script struct {
	mutex   sync.Mutex
	lists   []string
	watches []func(w http.ResponseWriter, r *http.Request)
	queries []string
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mutex.Lock()
	if r.URL.Query().Get("watch") == "" {
		defer s.mutex.Unlock()
		list := s.lists[0]
		if len(s.lists) > 1 {
			s.lists = s.lists[1:]
		}
		io.WriteString(w, list)
		return
	}
	s.queries = append(s.queries, r.URL.RawQuery)
	watch := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	if len(s.watches) > 0 {
		watch, s.watches = s.watches[0], s.watches[1:]
	}
	s.mutex.Unlock()
	w.(http.Flusher).Flush()
	watch(w, r)
}

func listOf(version int, names ...string) string {
	items := []Service{}
	for _, name := range names {
		items = append(items, *balancer(name))
	}
	data, _ := json.Marshal(items)
	return fmt.Sprintf(`{"metadata": {"resourceVersion": "%d"}, "items": %s}`, version, data)
}

func says(event string, object any) string {
	data, _ := json.Marshal(map[string]any{"type": event, "object": object})
	return string(data) + "\n"
}

type followed struct {
	*follower[*Service]
	start   func() // its limits may be changed before
	mine    sync.Mutex
	changes []string
	said    []string
}

func follow(t *testing.T, handler http.Handler) *followed {
	server := quietServer(handler)
	f := &followed{}
	change := func(key string) {
		f.mine.Lock()
		defer f.mine.Unlock()
		f.changes = append(f.changes, key)
	}
	say := func(format string, args ...any) {
		f.mine.Lock()
		defer f.mine.Unlock()
		f.said = append(f.said, fmt.Sprintf(format, args...))
	}
	f.follower = newFollower(&client{server.URL, server.Client()}, servicesPath, key, change, say)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	t.Cleanup(func() {
		cancel()
		ends(t, "the follower", func() { <-done })
		server.Close() // waits for all that is open: an answer that was not closed hangs here
	})
	f.start = func() { go func() { f.run(ctx); close(done) }() }
	return f
}

func (f *followed) names() string {
	var names []string
	for _, each := range f.all() {
		names = append(names, each.Metadata.Name)
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

func TestAWatchIsFollowedAfterItsList(t *testing.T) {
	step := make(chan string)
	s := &script{lists: []string{listOf(7, "a", "b")}, watches: []func(http.ResponseWriter, *http.Request){func(w http.ResponseWriter, r *http.Request) {
		for line := range step {
			io.WriteString(w, line)
			w.(http.Flusher).Flush()
		}
		<-r.Context().Done()
	}}}
	f := follow(t, s)
	f.start()
	<-f.synced
	if f.names() != "a b" {
		t.Errorf("after the list: %q", f.names())
	}
	step <- says("ADDED", balancer("c"))
	step <- says("BOOKMARK", map[string]any{"kind": "Service", "metadata": map[string]any{"resourceVersion": "9", "creationTimestamp": nil}})
	step <- says("DELETED", balancer("a"))
	step <- says("MODIFIED", balancer("b", wants("10.0.0.17")))
	close(step)
	atLast(t, "b is modified", func() bool { b, _ := f.get("n/b"); return b.Spec.LoadBalancerIP == "10.0.0.17" })
	if f.names() != "b c" {
		t.Errorf("after the watch: %q", f.names())
	}
	atLast(t, "five changes", func() bool { f.mine.Lock(); defer f.mine.Unlock(); return len(f.changes) == 5 })
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if query := s.queries[0]; !strings.Contains(query, "resourceVersion=7") || !strings.Contains(query, "allowWatchBookmarks=true") || !strings.Contains(query, "timeoutSeconds=") {
		t.Errorf("the watch asks for %s", query)
	}
}

func TestAWatchThatEndsBreaksOrIsToldThatItIsTooOldIsListedAgain(t *testing.T) {
	type watch = func(http.ResponseWriter, *http.Request)
	for name, row := range map[string]struct {
		watch watch
		says  string
	}{
		"it ends": {func(http.ResponseWriter, *http.Request) {}, ""},
		"it breaks within an event": {func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, `{"type": "ADDED", "object": {`)
		}, "unexpected EOF"},
		"it breaks": {func(w http.ResponseWriter, _ *http.Request) {
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}, "INTERNAL_ERROR"},
		"410": {func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, says("ERROR", map[string]any{"kind": "Status", "code": 410, "reason": "Expired", "message": "too old resource version"}))
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, "too old resource version"},
		"what is no JSON": {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>") }, "invalid character"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &script{lists: []string{listOf(1, "a", "b"), listOf(2, "b", "c")}, watches: []watch{row.watch}}
			f := follow(t, s)
			f.start()
			atLast(t, "the second list is there", func() bool { return f.names() == "b c" })
			f.mine.Lock()
			defer f.mine.Unlock()
			if !slices.Contains(f.changes[2:], "n/a") {
				t.Errorf("the removal of a was not reported: %v", f.changes)
			}
			said := strings.Join(f.said, "; ")
			if (row.says == "") != (said == "") || !strings.Contains(said, row.says) {
				t.Errorf("said %q, want %q", said, row.says)
			}
		})
	}
}

func TestAWatchThatIsSilentForEverIsGivenUp(t *testing.T) {
	s := &script{lists: []string{listOf(1, "a"), listOf(2, "b")}}
	f := follow(t, s)
	f.limit, f.grace = time.Millisecond, 20*time.Millisecond
	f.start()
	atLast(t, "it is listed again", func() bool { return f.names() == "b" })
}

func TestAServerThatIsAwayIsAskedUntilItIsBackAndTheListStays(t *testing.T) {
	api := newFakeAPI(t)
	api.put(coreAPI+"/namespaces/n/services/a", map[string]any{"metadata": map[string]any{"namespace": "n"}})
	f := follow(t, api)
	f.start()
	atLast(t, "a is there", func() bool { return f.names() == "a" })
	api.mutex.Lock()
	api.refuse = func(*http.Request) int { return http.StatusServiceUnavailable }
	api.mutex.Unlock()
	api.endWatches()
	atLast(t, "it says so", func() bool { f.mine.Lock(); defer f.mine.Unlock(); return len(f.said) == 1 })
	if f.names() != "a" {
		t.Errorf("the list is gone with the server: %q", f.names())
	}
	api.put(coreAPI+"/namespaces/n/services/b", map[string]any{"metadata": map[string]any{"namespace": "n"}})
	api.mutex.Lock()
	api.refuse = nil
	api.mutex.Unlock()
	atLast(t, "b is there", func() bool { return f.names() == "a b" })
}
