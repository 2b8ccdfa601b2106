package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

const nothingBehind = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n" +
	"No LoadBalancer Service has this port yet. Bring the ingress up: pnpm up ingress\n"

// forwarder listens on ports of the host and leads each connection to an address of the node. A socket stays in the
// network namespace in which it was made, so the listeners are the host's while everything else here is the node's.
type forwarder struct {
	config    *Config
	status    *Status
	say       func(string, ...any)
	listeners map[uint16]*forwardListener
}

type forwardListener struct {
	net.Listener
	target atomic.Value // string; "" for none yet
}

func newForwarder(config *Config, status *Status, say func(string, ...any)) *forwarder {
	return &forwarder{config, status, say, map[uint16]*forwardListener{}}
}

// sync makes the listeners those that are wanted: port of the host to target.
func (f *forwarder) sync(wanted map[uint16]string) {
	for port, listener := range f.listeners {
		if _, ok := wanted[port]; !ok {
			listener.Close()
			delete(f.listeners, port)
		}
	}
	refused := map[string]string{}
	for port, target := range wanted {
		if listener, ok := f.listeners[port]; ok {
			listener.target.Store(target)
			continue
		}
		address := hostPort(f.config.Listen, port)
		socket, err := listenOnHost(address)
		if err != nil {
			refused[address] = err.Error()
			if f.status.Refused[address] == "" {
				f.say("%s of the host is not available: %v", address, err)
			}
			continue
		}
		listener := &forwardListener{Listener: socket}
		listener.target.Store(target)
		f.listeners[port] = listener
		go listener.serve()
	}
	f.status.change(func() { f.status.Refused = refused })
}

// listenOnHost opens a listening socket in the host's network namespace.
func listenOnHost(address string) (net.Listener, error) {
	type result struct {
		listener net.Listener
		err      error
	}
	done := make(chan result, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked: a thread that changed its namespace ends with its goroutine
		if err := unix.Setns(hostNetwork, unix.CLONE_NEWNET); err != nil {
			done <- result{nil, err}
			return
		}
		listener, err := net.Listen("tcp", address)
		done <- result{listener, err}
	}()
	r := <-done
	return r.listener, r.err
}

func (l *forwardListener) serve() {
	for {
		client, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // out of descriptors, for a moment
			time.Sleep(100 * time.Millisecond)
			continue
		}
		go l.connect(client)
	}
}

func (l *forwardListener) connect(client net.Conn) {
	defer client.Close()
	target := l.target.Load().(string)
	if target == "" {
		client.SetDeadline(time.Now().Add(time.Second))
		client.Read(make([]byte, 4096)) // the request, so that the answer is not cut off by a reset
		fmt.Fprint(client, nothingBehind)
		return
	}
	server, err := net.DialTimeout("tcp", target, 5*time.Second)
	if err != nil {
		return
	}
	defer server.Close()
	var group sync.WaitGroup
	group.Go(func() { pipe(server, client) })
	group.Go(func() { pipe(client, server) })
	group.Wait()
}

func pipe(to, from net.Conn) {
	io.Copy(to, from)
	if half, ok := to.(*net.TCPConn); ok {
		half.CloseWrite()
	}
}
