package main

import (
	"encoding/json"
	"sync"
	"time"
)

// Status is what the host may know of the running node. packages/node/src/status.ts reads it.
type Status struct {
	Phase      string                      `json:"phase"` // starting, ready, stopping, failed
	Error      string                      `json:"error,omitempty"`
	StartedAt  time.Time                   `json:"startedAt"`
	APIReadyMS int64                       `json:"apiReadyMs,omitempty"` // milliseconds since StartedAt
	ReadyMS    int64                       `json:"nodeReadyMs,omitempty"`
	Components map[string]*ComponentStatus `json:"components"`
	// LoadBalancers: namespace/name of each Service to its address.
	LoadBalancers map[string]string `json:"loadBalancers"`
	// Refused are ports of the host that were wanted and could not be had, with the reason.
	Refused map[string]string `json:"refused"`

	mutex sync.Mutex
	path  string
}

// ComponentStatus is one supervised process. PID is as the node numbers it.
type ComponentStatus struct {
	State    string    `json:"state"` // waiting, running, restarting, stopped
	PID      int       `json:"pid,omitempty"`
	Since    time.Time `json:"since,omitzero"`
	Restarts int       `json:"restarts"`
	LastExit string    `json:"lastExit,omitempty"`
}

func newStatus(path string) *Status {
	s := &Status{Phase: "starting", StartedAt: time.Now(), Components: map[string]*ComponentStatus{},
		LoadBalancers: map[string]string{}, Refused: map[string]string{}, path: path}
	s.change(func() {})
	return s
}

// change alters the status and writes the file. A full disk must not end the node, so a failed write is left to the next.
func (s *Status) change(alter func()) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	alter()
	if data, err := json.Marshal(s); err == nil {
		_ = writeFileAtomically(s.path, data, 0o644)
	}
}

func (s *Status) component(name string, alter func(*ComponentStatus)) {
	s.change(func() {
		if s.Components[name] == nil {
			s.Components[name] = &ComponentStatus{}
		}
		alter(s.Components[name])
	})
}

func (s *Status) phase(phase string) { s.change(func() { s.Phase = phase }) }
func (s *Status) fail(err error)     { s.change(func() { s.Phase, s.Error = "failed", err.Error() }) }
func (s *Status) apiReady() {
	s.change(func() { s.APIReadyMS = time.Since(s.StartedAt).Milliseconds() })
}

func (s *Status) nodeReady() {
	s.change(func() {
		if s.Phase == "starting" {
			s.Phase, s.ReadyMS = "ready", time.Since(s.StartedAt).Milliseconds()
		}
	})
}
