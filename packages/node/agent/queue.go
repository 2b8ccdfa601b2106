package main

import (
	"context"
	"sync"
	"time"
)

// queue works on keys: on a few at a time, on each never twice at a time, and again after a growing pause where it failed.
type queue struct {
	firstPause, lastPause time.Duration

	mutex   sync.Mutex
	wake    *sync.Cond
	ready   []string
	wanted  map[string]bool // in ready, or to be put there when its work has ended
	working map[string]bool
	retries map[string]*retry
	stopped bool
}

type retry struct {
	pause time.Duration
	timer *time.Timer
}

func newQueue(firstPause, lastPause time.Duration) *queue {
	q := &queue{firstPause: firstPause, lastPause: lastPause, wanted: map[string]bool{}, working: map[string]bool{}, retries: map[string]*retry{}}
	q.wake = sync.NewCond(&q.mutex)
	return q
}

// add has the key worked on soon. It never waits.
func (q *queue) add(key string) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	if q.stopped || q.wanted[key] {
		return
	}
	q.wanted[key] = true
	if !q.working[key] {
		q.ready = append(q.ready, key)
		q.wake.Signal()
	}
}

// run works until the context ends, and the last work with it.
func (q *queue) run(ctx context.Context, workers int, work func(context.Context, string) error) {
	stop := context.AfterFunc(ctx, q.stop)
	defer stop()
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for {
				key, ok := q.next()
				if !ok {
					return
				}
				q.done(key, work(ctx, key))
			}
		})
	}
	group.Wait()
}

func (q *queue) stop() {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	q.stopped = true
	for _, each := range q.retries {
		each.timer.Stop()
	}
	q.wake.Broadcast()
}

func (q *queue) next() (string, bool) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	for len(q.ready) == 0 && !q.stopped {
		q.wake.Wait()
	}
	if q.stopped {
		return "", false
	}
	key := q.ready[0]
	q.ready = q.ready[1:]
	delete(q.wanted, key)
	q.working[key] = true
	return key, true
}

func (q *queue) done(key string, err error) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	delete(q.working, key)
	before := q.retries[key]
	if before != nil {
		before.timer.Stop() // it may have been worked on before its pause was over
	}
	switch {
	case err == nil:
		delete(q.retries, key)
	case !q.stopped:
		next := &retry{pause: q.firstPause}
		if before != nil {
			next.pause = min(before.pause*2, q.lastPause)
		}
		next.timer = time.AfterFunc(next.pause, func() { q.add(key) })
		q.retries[key] = next
	}
	if q.wanted[key] {
		q.ready = append(q.ready, key)
		q.wake.Signal()
	}
}
