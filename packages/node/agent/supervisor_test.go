package main

import (
	"errors"
	"io"
	"path/filepath"
	"testing"
	"time"
)

func newKeeper(t *testing.T, component Component) *keeper {
	t.Helper()
	children := &spawner{requests: make(chan spawnRequest)}
	go children.run()
	return &keeper{Component: component, spawner: children, status: newStatus(filepath.Join(t.TempDir(), "status.json")),
		say: t.Logf, log: discard{}, quit: make(chan struct{}), done: make(chan struct{})}
}

type discard struct{ io.Writer }

func (discard) Write(data []byte) (int, error) { return len(data), nil }
func (discard) Close() error                   { return nil }

func ends(t *testing.T, what string, work func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { work(); close(done) }()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatalf("%s did not end", what)
	}
}

func TestAStopEndsWhatRuns(t *testing.T) {
	k := newKeeper(t, Component{Name: "sleeper", Args: []string{"sleep", "60"}})
	go k.run()
	for k.status.Components["sleeper"] == nil || k.running() == nil {
		time.Sleep(time.Millisecond)
	}
	ends(t, "stop", k.stop)
}

func TestAStopWhileItWaitsForAnotherStartsNothing(t *testing.T) {
	asked := make(chan struct{})
	answer := make(chan struct{})
	k := newKeeper(t, Component{Name: "late", Args: []string{"sleep", "60"}, After: func() error {
		close(asked)
		<-answer
		return nil // what it waited for is there, but the node stops by now
	}})
	go k.run()
	<-asked
	go func() {
		<-k.quit
		close(answer)
	}()
	ends(t, "stop", k.stop)
	if k.process != nil {
		t.Error("it was started after the stop")
	}
}

func TestAFullDiskIsNoErrorOfWhatIsLogged(t *testing.T) {
	log := &lossy{failing{}}
	if n, err := log.Write([]byte("line")); n != 4 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }
