package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
	"gopkg.in/natefinch/lumberjack.v2"
)

const (
	firstBackOff = 500 * time.Millisecond
	lastBackOff  = 30 * time.Second
	// A component that ran this long counts as healthy: its next restart is quick again.
	healthyAfter = time.Minute
	defaultGrace = 2 * time.Second
	// Pods have this long to end after SIGTERM when the node stops.
	podGrace = 10 * time.Second
)

// supervise is the node's second process: it sets the network up, starts the components and the controllers, restarts
// what dies, and takes it all down in order on SIGTERM.
func supervise(config *Config) error {
	unix.CloseOnExec(hostNetwork) // only those that ask for it get it
	say := sayTo(newLog("supervisor"))
	status := newStatus(filepath.Join(runDir, "status.json"))
	fail := func(err error) error {
		say("%v", err)
		status.fail(err)
		return err
	}
	if err := setUpNetwork(config); err != nil {
		return fail(fmt.Errorf("network: %w", err))
	}
	if err := ensureIdentities(config); err != nil {
		return fail(fmt.Errorf("certificates: %w", err))
	}
	if err := writeComponentConfigs(config); err != nil {
		return fail(err)
	}
	if err := mountVolumes(say); err != nil {
		return fail(fmt.Errorf("volumes: %w", err))
	}
	stopped, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	signal.Ignore(syscall.SIGPIPE)

	probe := &apiProbe{}
	children := &spawner{requests: make(chan spawnRequest)}
	go children.run()
	var keepers []*keeper
	for _, component := range components(config, probe) {
		k := &keeper{Component: component, spawner: children, status: status, say: say, log: newLog(component.Name), quit: make(chan struct{}), done: make(chan struct{})}
		keepers = append(keepers, k)
		go k.run()
	}
	go runControllers(stopped, config, probe, status, say)

	<-stopped.Done()
	say("stopping")
	status.phase("stopping")
	shutDown(config, keepers, say)
	if err := removeLink(nodeInterface); err != nil { // and so the host's end of it
		say("%v", err)
	}
	say("stopped")
	return nil
}

// shutDown ends what schedules first, then the pods, then what they stand on, and last lets go of the volumes.
func shutDown(config *Config, keepers []*keeper, say func(string, ...any)) {
	byName := map[string]*keeper{}
	for _, k := range keepers {
		byName[k.Name] = k
	}
	end := func(names ...string) {
		var group sync.WaitGroup
		for _, name := range names {
			group.Go(byName[name].stop)
		}
		group.Wait()
	}
	end("kubelet", "kube-scheduler", "kube-controller-manager")
	endPods(filepath.Join(config.CgroupRoot, "kubepods"), say)
	end("kube-apiserver", "kube-proxy", "containerd", "egress")
	end("etcd")
	unmountVolumes(say)
}

// newLog is a file in the logs of the node, rotated at 20 MB, with three older ones kept.
func newLog(name string) io.WriteCloser {
	return &lumberjack.Logger{Filename: filepath.Join(logDir, name+".log"), MaxSize: 20, MaxBackups: 3}
}

// sayTo writes lines with the time to a log.
func sayTo(log io.Writer) func(string, ...any) {
	return func(format string, args ...any) {
		fmt.Fprintf(log, "%s %s\n", time.Now().Format("2006-01-02T15:04:05.000Z07:00"), fmt.Sprintf(format, args...))
	}
}

// keeper runs one component and starts it again when it ends, with a growing pause.
type keeper struct {
	Component
	spawner *spawner
	status  *Status
	say     func(string, ...any)
	log     io.WriteCloser
	quit    chan struct{}
	done    chan struct{}
	process *os.Process
	mutex   sync.Mutex
}

func (k *keeper) run() {
	defer close(k.done)
	defer k.log.Close()
	k.status.component(k.Name, func(c *ComponentStatus) { c.State = "waiting" })
	for k.After != nil && k.After() != nil {
		if k.pause(50 * time.Millisecond) {
			return
		}
	}
	backOff := firstBackOff
	for {
		began := time.Now()
		ended, err := k.start()
		if err == nil {
			k.status.component(k.Name, func(c *ComponentStatus) { c.State, c.PID, c.Since = "running", k.process.Pid, began })
			err = <-ended
		}
		select {
		case <-k.quit:
			k.status.component(k.Name, func(c *ComponentStatus) { c.State, c.PID = "stopped", 0 })
			return
		default:
		}
		if time.Since(began) > healthyAfter {
			backOff = firstBackOff
		}
		reason := "exit code 0"
		if err != nil {
			reason = err.Error()
		}
		k.say("%s ended after %s (%s); it is started again in %s", k.Name, time.Since(began).Round(time.Millisecond), reason, backOff)
		k.status.component(k.Name, func(c *ComponentStatus) {
			c.State, c.PID, c.LastExit = "restarting", 0, reason
			c.Restarts++
		})
		if k.pause(backOff) {
			return
		}
		backOff = min(backOff*2, lastBackOff)
	}
}

// pause waits; true means that the component is to stop.
func (k *keeper) pause(d time.Duration) bool {
	select {
	case <-k.quit:
		k.status.component(k.Name, func(c *ComponentStatus) { c.State, c.PID = "stopped", 0 })
		return true
	case <-time.After(d):
		return false
	}
}

func (k *keeper) start() (<-chan error, error) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	select {
	case <-k.quit:
		return nil, errors.New("the node stops")
	default:
	}
	command := exec.Command(k.Args[0], k.Args[1:]...)
	command.Env = append(os.Environ(), k.Env...)
	output := &lossy{k.log} // one for both: then they are one pipe
	command.Stdout, command.Stderr = output, output
	command.WaitDelay = time.Second // containerd's shims keep its stderr open
	if k.HostNetwork {
		command.ExtraFiles = []*os.File{hostNetworkFile}
	}
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: unix.SIGKILL, Setpgid: true}
	if err := k.spawner.spawn(command); err != nil {
		return nil, err
	}
	k.process = command.Process
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	return ended, nil
}

// lossy is a log that is never an error: a full disk must not end what it is written by.
type lossy struct{ io.Writer }

func (l *lossy) Write(data []byte) (int, error) {
	_, _ = l.Writer.Write(data)
	return len(data), nil
}

// running is the process that was started last, if one was.
func (k *keeper) running() *os.Process {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	return k.process
}

// stop ends the component: SIGTERM, and SIGKILL after its grace.
func (k *keeper) stop() {
	k.mutex.Lock()
	close(k.quit) // from here on nothing is started
	k.mutex.Unlock()
	process := k.running()
	if process != nil {
		process.Signal(syscall.SIGTERM)
	}
	grace := k.Grace
	if grace == 0 {
		grace = defaultGrace
	}
	select {
	case <-k.done:
	case <-time.After(grace):
		if process != nil {
			process.Kill()
		}
		<-k.done
	}
}

// spawner starts all children from one thread that never ends: Pdeathsig, by which they die with the supervisor, is
// tied to the thread that made them.
type spawner struct{ requests chan spawnRequest }

type spawnRequest struct {
	command *exec.Cmd
	result  chan error
}

func (s *spawner) run() {
	runtime.LockOSThread()
	for request := range s.requests {
		request.result <- request.command.Start()
	}
}

func (s *spawner) spawn(command *exec.Cmd) error {
	request := spawnRequest{command, make(chan error, 1)}
	s.requests <- request
	return <-request.result
}
