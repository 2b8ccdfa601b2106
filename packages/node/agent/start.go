package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// start runs on the host: it puts the init stage into namespaces of its own and leaves it there. Nothing on the host
// is changed by this, and the end of that one process ends everything in it.
func start(config *Config) error {
	self, err := os.Executable() // not /proc/self/exe: the process would be called "exe" in every list
	if err != nil {
		return err
	}
	network, err := os.Open("/proc/self/ns/net")
	if err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(config.Paths.Logs, "agent.log"), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	command := exec.Command(self, "init", config.file)
	command.Stdout, command.Stderr = log, log
	command.ExtraFiles = []*os.File{network} // becomes hostNetwork
	command.Env = []string{"PATH=/opt/node/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"}
	command.SysProcAttr = &syscall.SysProcAttr{
		Setsid:     true,
		Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC,
	}
	if err := command.Start(); err != nil {
		return err
	}
	return command.Process.Release()
}
