package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// fakeAPI is the little of an API server that the agent uses: lists, watches and single objects, over TLS.
type fakeAPI struct {
	*client
	server *httptest.Server

	mutex   sync.Mutex
	version int
	objects map[string]map[string]any // by their path
	changes []change
	grown   chan struct{} // closed at the next change
	refuse  func(*http.Request) int
	asked   []string      // method and path, without watches
	over    chan struct{} // closed to end all watches
}

type change struct {
	version     int
	event, path string
	object      map[string]any
}

var plurals = []string{"events", "nodes", "persistentvolumeclaims", "persistentvolumes", "services", "storageclasses"}

func newFakeAPI(t *testing.T) *fakeAPI {
	api := &fakeAPI{objects: map[string]map[string]any{}, grown: make(chan struct{}), over: make(chan struct{})}
	api.server = quietServer(api)
	t.Cleanup(func() {
		api.server.CloseClientConnections()
		api.server.Close()
	})
	api.client = &client{api.server.URL, api.server.Client()}
	return api
}

// quietServer does not tell of connections that a test closes.
func quietServer(handler http.Handler) *httptest.Server {
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.EnableHTTP2 = true
	server.StartTLS()
	return server
}

// put makes or replaces an object, as others do.
func (api *fakeAPI) put(path string, object map[string]any) {
	api.mutex.Lock()
	defer api.mutex.Unlock()
	event := "MODIFIED"
	if api.objects[path] == nil {
		event = "ADDED"
	}
	api.change(event, path, object)
}

func (api *fakeAPI) drop(path string) {
	api.mutex.Lock()
	defer api.mutex.Unlock()
	if object := api.objects[path]; object != nil {
		api.change("DELETED", path, object)
	}
}

func (api *fakeAPI) change(event, path string, object map[string]any) {
	api.version++
	metadata, _ := object["metadata"].(map[string]any)
	if metadata == nil {
		metadata = map[string]any{}
	}
	metadata = maps.Clone(metadata)
	metadata["resourceVersion"] = fmt.Sprint(api.version)
	metadata["name"] = path[strings.LastIndexByte(path, '/')+1:]
	object = maps.Clone(object)
	object["metadata"] = metadata
	api.objects[path] = object
	if event == "DELETED" {
		delete(api.objects, path)
	}
	api.changes = append(api.changes, change{version: api.version, event: event, path: path, object: object})
	close(api.grown)
	api.grown = make(chan struct{})
}

// read is the object as it is now, or nothing.
func (api *fakeAPI) read(path string) map[string]any {
	api.mutex.Lock()
	defer api.mutex.Unlock()
	return api.objects[path]
}

// under lists the paths of the objects of a list.
func (api *fakeAPI) under(list string) []string {
	api.mutex.Lock()
	defer api.mutex.Unlock()
	var paths []string
	for path := range api.objects {
		if isIn(path, list) {
			paths = append(paths, path)
		}
	}
	return paths
}

// isIn knows lists of one namespace and of all.
func isIn(path, list string) bool {
	folder := path[:strings.LastIndexByte(path, '/')]
	if folder == list {
		return true
	}
	parts := strings.Split(folder, "/namespaces/")
	return len(parts) == 2 && parts[0]+parts[1][strings.IndexByte(parts[1], '/'):] == list
}

func (api *fakeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	api.mutex.Lock()
	over := api.over
	watch := r.URL.Query().Get("watch") == "true"
	if !watch {
		api.asked = append(api.asked, r.Method+" "+r.URL.Path)
	}
	if api.refuse != nil {
		if code := api.refuse(r); code != 0 {
			api.mutex.Unlock()
			fail(w, code, "Refused", "refused by the test")
			return
		}
	}
	if watch {
		api.mutex.Unlock()
		api.serveWatch(w, r, over)
		return
	}
	defer api.mutex.Unlock()
	var body map[string]any
	if r.Method == http.MethodPost || r.Method == http.MethodPatch {
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			fail(w, http.StatusBadRequest, "BadRequest", err.Error())
			return
		}
	}
	path := strings.TrimSuffix(r.URL.Path, "/status")
	object := api.objects[path]
	isList := slices.Contains(plurals, path[strings.LastIndexByte(path, '/')+1:])
	switch {
	case r.Method == http.MethodPost:
		path += "/" + body["metadata"].(map[string]any)["name"].(string)
		if api.objects[path] != nil {
			fail(w, http.StatusConflict, "AlreadyExists", path+" already exists")
			return
		}
		api.change("ADDED", path, body)
	case r.Method == http.MethodGet && isList:
		items := []any{}
		for each, object := range api.objects {
			if isIn(each, path) {
				items = append(items, object)
			}
		}
		json.NewEncoder(w).Encode(map[string]any{"metadata": map[string]any{"resourceVersion": fmt.Sprint(api.version)}, "items": items})
		return
	case object == nil:
		fail(w, http.StatusNotFound, "NotFound", path+" not found")
		return
	case r.Method == http.MethodDelete:
		api.change("DELETED", path, object)
	case r.Method == http.MethodPatch:
		if r.Header.Get("Content-Type") != mergePatch {
			fail(w, http.StatusUnsupportedMediaType, "UnsupportedMediaType", "no merge patch")
			return
		}
		metadata, _ := body["metadata"].(map[string]any)
		if version := metadata["resourceVersion"]; version != nil && version != object["metadata"].(map[string]any)["resourceVersion"] {
			fail(w, http.StatusConflict, "Conflict", "the object has been modified")
			return
		}
		api.change("MODIFIED", path, merge(object, body))
	}
	json.NewEncoder(w).Encode(api.objects[path])
}

func merge(object, patch map[string]any) map[string]any {
	merged := maps.Clone(object)
	if merged == nil {
		merged = map[string]any{}
	}
	for key, value := range patch {
		if inner, ok := value.(map[string]any); ok {
			before, _ := merged[key].(map[string]any)
			merged[key] = merge(before, inner)
		} else if value == nil {
			delete(merged, key)
		} else {
			merged[key] = value
		}
	}
	return merged
}

func (api *fakeAPI) serveWatch(w http.ResponseWriter, r *http.Request, ended <-chan struct{}) {
	var from, seconds int
	fmt.Sscan(r.URL.Query().Get("resourceVersion"), &from)
	fmt.Sscan(r.URL.Query().Get("timeoutSeconds"), &seconds)
	limit := time.After(time.Duration(seconds) * time.Second)
	w.(http.Flusher).Flush()
	for encoder := json.NewEncoder(w); ; {
		api.mutex.Lock()
		changes, grown := api.changes, api.grown
		api.mutex.Unlock()
		for _, each := range changes {
			if each.version > from && isIn(each.path, r.URL.Path) {
				encoder.Encode(map[string]any{"type": each.event, "object": each.object})
			}
			from = max(from, each.version)
		}
		w.(http.Flusher).Flush()
		select {
		case <-grown:
		case <-limit:
			return
		case <-ended:
			return
		case <-r.Context().Done():
			return
		}
	}
}

func (api *fakeAPI) endWatches() {
	api.mutex.Lock()
	defer api.mutex.Unlock()
	close(api.over)
	api.over = make(chan struct{})
}

func fail(w http.ResponseWriter, code int, reason, message string) {
	w.WriteHeader(code)
	json.NewEncoder(w).Encode(map[string]any{"kind": "Status", "status": "Failure", "reason": reason, "message": message, "code": code})
}

// atLast waits until the condition holds.
func atLast(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}
