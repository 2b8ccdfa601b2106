package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// endPods gives every process of the pods SIGTERM, waits for those that handle it, at most podGrace, and kills the rest.
// A process that is the first of its pid namespace and has no handler would never see the signal: nothing to wait for.
func endPods(kubepods string, say func(string, ...any)) {
	dirs, err := cgroupHierarchies()
	if err != nil {
		say("pods: %v", err)
		return
	}
	pods := func() []int {
		for _, dir := range dirs {
			if pids := processesUnder(filepath.Join(dir, kubepods)); len(pids) > 0 {
				return pids
			}
		}
		return nil
	}
	all := pods()
	for _, pid := range all {
		syscall.Kill(pid, syscall.SIGTERM)
	}
	deadline := time.Now().Add(podGrace)
	for time.Now().Before(deadline) {
		waiting := 0
		for _, pid := range pods() {
			if handlesTerm(pid) {
				waiting++
			}
		}
		if waiting == 0 {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	left := pods()
	for _, pid := range left {
		syscall.Kill(pid, syscall.SIGKILL)
	}
	say("pods: %d processes ended by themselves, %d killed", len(all)-len(left), len(left))
}

// handlesTerm reads SigCgt, the mask of signals with a handler, of a process.
func handlesTerm(pid int) bool {
	data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return false
	}
	for _, line := range strings.Split(string(data), "\n") {
		if mask, ok := strings.CutPrefix(line, "SigCgt:"); ok {
			caught, err := strconv.ParseUint(strings.TrimSpace(mask), 16, 64)
			return err == nil && caught&(1<<(uint(syscall.SIGTERM)-1)) != 0
		}
	}
	return false
}
