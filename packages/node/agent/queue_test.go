package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestFailedWorkIsTriedAgainWithAGrowingPauseAndASuccessForgetsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		q := newQueue(15*time.Second, 40*time.Second)
		began := time.Now()
		var mutex sync.Mutex // held by the test but while it sleeps
		var at []time.Duration
		fails := true
		mutex.Lock()
		go q.run(ctx, 4, func(context.Context, string) error {
			mutex.Lock()
			defer mutex.Unlock()
			at = append(at, time.Since(began))
			if fails {
				return errors.New("no")
			}
			return nil
		})
		q.add("a")
		after := func(pause time.Duration) {
			mutex.Unlock()
			time.Sleep(pause)
			synctest.Wait()
			mutex.Lock()
		}
		after(100 * time.Second)
		if want := []time.Duration{0, 15 * time.Second, 45 * time.Second, 85 * time.Second}; !slices.Equal(at, want) {
			t.Errorf("tried at %v, want %v", at, want)
		}
		fails = false
		after(time.Hour)
		q.mutex.Lock()
		retries := len(q.retries)
		q.mutex.Unlock()
		if len(at) != 5 || retries != 0 {
			t.Errorf("after the success: tried at %v, %d to come", at, retries)
		}
		at, fails = nil, true
		q.add("a") // what is news is worked on at once
		after(14 * time.Second)
		q.add("a")
		after(20 * time.Second)
		if len(at) != 2 {
			t.Errorf("an early attempt that fails doubles the pause: tried %d times, want 2", len(at))
		}
		cancel()
		synctest.Wait()
	})
}

func TestNeverTwoAtOnceOnOneKeyAndNoneWaitsForAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		q := newQueue(time.Second, time.Second)
		var mutex sync.Mutex
		now, most, done := map[string]int{}, map[string]int{}, map[string]int{}
		together := 0
		go q.run(ctx, 2, func(_ context.Context, key string) error {
			mutex.Lock()
			now[key]++
			most[key] = max(most[key], now[key])
			together = max(together, now["a"]+now["b"]+now["c"])
			mutex.Unlock()
			time.Sleep(10 * time.Second)
			mutex.Lock()
			now[key]--
			done[key]++
			mutex.Unlock()
			return nil
		})
		for _, key := range []string{"a", "a", "b", "c"} {
			q.add(key)
		}
		time.Sleep(time.Second)
		q.add("a") // while it is worked on: once more after that
		q.add("a")
		time.Sleep(time.Minute)
		synctest.Wait()
		if done["a"] != 2 || done["b"] != 1 || done["c"] != 1 || most["a"] != 1 || together != 2 {
			t.Errorf("done %v, at most at once %v, together %d", done, most, together)
		}
		cancel()
		synctest.Wait() // run ends, or this test never does
	})
}
