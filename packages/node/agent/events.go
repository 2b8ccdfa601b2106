package main

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

const (
	agentComponent = "node-agent"
	// More events at once are dropped, and of more that recur the count begins anew.
	eventsWaiting    = 200
	eventsRemembered = 1000
	// What recurs more often than this is written down rarely, with all its count: it would fill etcd's log.
	eventBurst    = 25
	eventInterval = 5 * time.Minute
	eventTries    = 3
)

// recorder writes Events. Who has one to say never waits for it, and none is worth an error.
type recorder struct {
	client *client
	say    func(string, ...any)
	now    func() time.Time
	queue  chan happening
	known  map[happened]*occurrence // of run alone
}

// happened is what makes two events the same.
type happened struct {
	kind, namespace, name, uid string
	severity, reason, message  string
}

type happening struct {
	happened
	about Reference
	at    time.Time
}

// occurrence is the Event that stands for all that are the same.
type occurrence struct {
	path           string // empty until it is made
	count          int
	first, written time.Time
}

func newRecorder(client *client, say func(string, ...any)) *recorder {
	return &recorder{client: client, say: say, now: time.Now, queue: make(chan happening, eventsWaiting), known: map[happened]*occurrence{}}
}

func (r *recorder) normal(about Reference, reason, format string, args ...any) {
	r.record("Normal", about, reason, fmt.Sprintf(format, args...))
}

func (r *recorder) warning(about Reference, reason, format string, args ...any) {
	r.record("Warning", about, reason, fmt.Sprintf(format, args...))
}

func (r *recorder) record(severity string, about Reference, reason, message string) {
	const longest = 1024 // the newer API of Events takes no longer one
	message = message[:min(len(message), longest)]
	what := happened{about.Kind, about.Namespace, about.Name, about.UID, severity, reason, message}
	select {
	case r.queue <- happening{what, about, r.now()}:
	default: // the API server is away for long: others wait already
	}
}

// run writes one event after the other until the context ends.
func (r *recorder) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case each := <-r.queue:
			r.write(ctx, each)
		}
	}
}

func (r *recorder) write(ctx context.Context, each happening) {
	seen := r.known[each.happened]
	if seen == nil {
		r.makeRoom()
		seen = &occurrence{first: each.at}
		r.known[each.happened] = seen
	}
	seen.count++
	if seen.count > eventBurst && each.at.Sub(seen.written) < eventInterval {
		return
	}
	for try := 1; ; try++ {
		err := r.store(ctx, each, seen)
		if err == nil || ctx.Err() != nil {
			seen.written = each.at
			return
		}
		_, refused := err.(*apiError)
		if refused || try == eventTries {
			r.say("event %s of %s %s/%s: %v", each.reason, each.kind, each.namespace, each.name, err)
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Duration(try) * time.Second):
		}
	}
}

// store raises the count of the Event that is there, or makes it.
func (r *recorder) store(ctx context.Context, each happening, seen *occurrence) error {
	if seen.path != "" {
		err := r.client.patch(ctx, seen.path, map[string]any{"count": seen.count, "lastTimestamp": apiTime(each.at)})
		if !answered(err, http.StatusNotFound) { // it has been forgotten after an hour
			return err
		}
		seen.path = ""
	}
	event := &Event{
		APIVersion: "v1", Kind: "Event",
		Metadata:       Metadata{Namespace: each.namespace, Name: fmt.Sprintf("%s.%x", each.name, r.now().UnixNano())},
		InvolvedObject: each.about,
		Type:           each.severity, Reason: each.reason, Message: each.message,
		Count: seen.count, FirstTimestamp: apiTime(seen.first), LastTimestamp: apiTime(each.at),
		Source: EventSource{agentComponent}, ReportingComponent: agentComponent,
	}
	if event.Metadata.Namespace == "" {
		event.Metadata.Namespace = "default" // what is in no namespace has its events there
	}
	list := coreAPI + "/namespaces/" + event.Metadata.Namespace + "/events"
	if err := r.client.create(ctx, list, event); err != nil {
		return err
	}
	seen.path = list + "/" + event.Metadata.Name
	return nil
}

// makeRoom forgets what was written longest ago.
func (r *recorder) makeRoom() {
	if len(r.known) < eventsRemembered {
		return
	}
	var oldest happened
	when := r.now()
	for what, seen := range r.known {
		if seen.written.Before(when) {
			oldest, when = what, seen.written
		}
	}
	delete(r.known, oldest)
}
