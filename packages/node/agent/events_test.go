package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

var claimReference = Reference{APIVersion: "v1", Kind: "PersistentVolumeClaim", Namespace: "n", Name: "c", UID: "u", ResourceVersion: "5"}

// testRecorder writes at once, at a time that the test sets.
func testRecorder(t *testing.T) (*fakeAPI, *recorder, *time.Time, func()) {
	api := newFakeAPI(t)
	r := newRecorder(api.client, t.Logf)
	now := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	r.now = func() time.Time { return now }
	return api, r, &now, func() {
		for len(r.queue) > 0 {
			r.write(t.Context(), <-r.queue)
		}
	}
}

func TestTheSameEventAgainRaisesItsCount(t *testing.T) {
	api, r, now, write := testRecorder(t)
	r.warning(claimReference, "ProvisioningFailed", "no %s", "space")
	write()
	*now = now.Add(15 * time.Second)
	r.warning(claimReference, "ProvisioningFailed", "no space")
	r.warning(claimReference, "ProvisioningFailed", "another")
	write()
	events := api.under(coreAPI + "/namespaces/n/events")
	if len(events) != 2 {
		t.Fatalf("got %v, want two events", events)
	}
	var event map[string]any
	for _, path := range events {
		if each := api.read(path); each["message"] == "no space" {
			event = each
		}
	}
	got := fmt.Sprint(event["involvedObject"], event["type"], event["reason"], event["count"], event["firstTimestamp"], event["lastTimestamp"], event["source"], event["reportingComponent"])
	want := "map[apiVersion:v1 kind:PersistentVolumeClaim name:c namespace:n resourceVersion:5 uid:u]" +
		"Warning" + "ProvisioningFailed" + "2" + "2026-01-02T03:04:05Z" + "2026-01-02T03:04:20Z" + "map[component:node-agent]" + "node-agent"
	if strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(want, " ", "") {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestAnEventThatIsForgottenIsMadeAgainAndOneOfNoNamespaceIsInDefault(t *testing.T) {
	api, r, now, write := testRecorder(t)
	volume := Reference{APIVersion: "v1", Kind: "PersistentVolume", Name: "v", UID: "w"}
	r.normal(volume, "VolumeFailedDelete", "busy")
	write()
	list := coreAPI + "/namespaces/default/events"
	api.drop(api.under(list)[0])
	*now = now.Add(time.Second)
	r.normal(volume, "VolumeFailedDelete", "busy")
	write()
	if events := api.under(list); len(events) != 1 || api.read(events[0])["count"] != 2.0 {
		t.Errorf("got %v", events)
	}
}

func TestWhatRecursOftenIsWrittenRarelyWithAllItsCount(t *testing.T) {
	api, r, now, write := testRecorder(t)
	for range 25 + 40 {
		r.warning(claimReference, "NoAddress", "taken")
		write()
		*now = now.Add(15 * time.Second)
	}
	// 25 at once, and in the ten minutes after that two
	if len(api.asked) != 25+2 || api.read(api.under(coreAPI + "/namespaces/n/events")[0])["count"] != 65.0 {
		t.Errorf("asked %d times, the event is %v", len(api.asked), api.read(api.under(coreAPI + "/namespaces/n/events")[0]))
	}
}

func TestARefusedEventIsSaidAndNotTriedAgain(t *testing.T) {
	api, r, _, write := testRecorder(t)
	api.refuse = func(*http.Request) int { return http.StatusForbidden }
	var said []string
	r.say = func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) }
	r.warning(claimReference, "ProvisioningFailed", "no")
	write()
	if len(said) != 1 || len(api.asked) != 1 || said[0] != "event ProvisioningFailed of PersistentVolumeClaim n/c: refused by the test" {
		t.Errorf("said %q, asked %q", said, api.asked)
	}
}

func TestNobodyWaitsForAnEventAndTheMemoryIsBounded(t *testing.T) {
	_, r, now, _ := testRecorder(t)
	ends(t, "more events than are taken", func() {
		for n := range 3 * eventsWaiting {
			r.normal(claimReference, "Reason", "message %d", n)
		}
	})
	for n := range eventsRemembered {
		r.known[happened{name: fmt.Sprint(n)}] = &occurrence{written: now.Add(time.Duration(n-5000) * time.Second)}
	}
	r.makeRoom()
	if _, ok := r.known[happened{name: "0"}]; ok || len(r.known) != eventsRemembered-1 {
		t.Errorf("%d are known, and the oldest among them: %t", len(r.known), ok)
	}
}
