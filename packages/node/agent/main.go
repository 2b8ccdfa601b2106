// Command node-agent is the embedded node: it makes the namespaces, is the first process in them, supervises
// Kubernetes' own servers, and gives what a cloud would give: LoadBalancer addresses, volumes and a way in from the host.
//
// It is Go and not TypeScript like the rest, because it has to be the first process of a pid namespace (reap orphans),
// work in two network namespaces at once, run inside a root file system without Node.js, and cost little memory.
package main

import (
	"fmt"
	"os"
	"runtime"
)

// The main goroutine stays on the main thread: egress changes that thread's namespaces before it becomes slirp4netns, and
// dies with the supervisor by a signal that the kernel ties to it.
func init() { runtime.LockOSThread() }

const usage = `usage: node-agent start CONFIG   make the namespaces and run the node in them, detached
       node-agent unlink NAME    remove a link of the host that a killed node left

(init, supervise and egress are stages of start and of no use by themselves)
`

func main() {
	if len(os.Args) != 3 {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	stages := map[string]func(*Config) error{
		"start":     start,
		"init":      runInit,
		"supervise": supervise,
		"egress":    egress,
	}
	var err error
	if stage, ok := stages[os.Args[1]]; ok {
		var config *Config
		if config, err = readConfig(os.Args[2]); err == nil {
			err = stage(config)
		}
	} else if os.Args[1] == "unlink" {
		err = removeLink(os.Args[2])
	} else {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "node-agent %s: %v\n", os.Args[1], err)
		os.Exit(1)
	}
}
