package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Identity tells a running node from one that is gone and whose number has been given to another process.
type Identity struct {
	PID int `json:"pid"`
	// Start is the boot's id and field 22 of /proc/PID/stat, in clock ticks since boot: "BOOT:TICKS".
	Start string `json:"start"`
}

// runInit is process 1 of the node. It builds the root file system, reaps whatever is orphaned in the pid namespace,
// and starts the supervisor again when that dies, with a growing pause. It ends when it was told to stop and the supervisor
// has ended.
func runInit(config *Config) error {
	if err := announce(config); err != nil {
		return err
	}
	cgroups, err := enterCgroups(config.CgroupRoot)
	if err != nil {
		return err
	}
	if err := enterRoot(config, cgroups); err != nil {
		return fmt.Errorf("root file system: %w", err)
	}
	if err := unix.Sethostname([]byte(config.NodeName)); err != nil {
		return err
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)

	stopping := false
	pause := firstBackOff
	for {
		began := time.Now()
		supervisor, err := startSupervisor()
		if err != nil {
			return err
		}
		ended := make(chan syscall.WaitStatus, 1)
		go func() { ended <- reapUntil(supervisor) }()
	wait:
		for {
			select {
			case <-stop:
				stopping = true
				syscall.Kill(supervisor, syscall.SIGTERM)
			case status := <-ended:
				if stopping {
					return nil
				}
				fmt.Fprintf(os.Stderr, "%s the supervisor ended (%s); it is started again in %s\n", time.Now().Format(time.RFC3339), describe(status), pause)
				select {
				case <-stop:
					return nil
				case <-time.After(pause):
				}
				if pause = min(pause*2, lastBackOff); time.Since(began) > healthyAfter {
					pause = firstBackOff
				}
				break wait
			}
		}
	}
}

// announce leaves this process's number, as the host sees it, in the run directory. The host's /proc is still mounted.
func announce(config *Config) error {
	self, err := os.Readlink("/proc/self")
	if err != nil {
		return err
	}
	pid, err := strconv.Atoi(self)
	if err != nil {
		return err
	}
	startTime, err := processStartTime("/proc/self/stat")
	if err != nil {
		return err
	}
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return err
	}
	data, err := json.Marshal(Identity{PID: pid, Start: strings.TrimSpace(string(boot)) + ":" + startTime})
	if err != nil {
		return err
	}
	return writeFileAtomically(filepath.Join(config.Paths.Run, "node.pid"), data, 0o644)
}

func processStartTime(stat string) (string, error) {
	data, err := os.ReadFile(stat)
	if err != nil {
		return "", err
	}
	// The second field is the name in brackets and may hold anything; the 22nd is the 20th after it.
	fields := strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+1:]))
	if len(fields) < 20 {
		return "", fmt.Errorf("%s: too few fields", stat)
	}
	return fields[19], nil
}

func startSupervisor() (int, error) {
	return syscall.ForkExec(filepath.Join(binDir, "node-agent"), []string{"node-agent", "supervise", configFile}, &syscall.ProcAttr{
		Env:   os.Environ(),
		Files: []uintptr{0, 1, 2, hostNetwork},
	})
}

// reapUntil takes in every child that ends, adopted ones too, until the process named has ended.
func reapUntil(pid int) syscall.WaitStatus {
	for {
		var status syscall.WaitStatus
		reaped, err := syscall.Wait4(-1, &status, 0, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil { // no children at all
			return status
		}
		if reaped == pid {
			return status
		}
	}
}

func describe(status syscall.WaitStatus) string {
	if status.Signaled() {
		return "signal: " + status.Signal().String()
	}
	return fmt.Sprintf("exit code %d", status.ExitStatus())
}

// writeFileDurably is for what must be whole also after the machine lost its power: the file and its name are on the disk.
func writeFileDurably(path string, data []byte, mode os.FileMode) error {
	temporary := path + ".tmp"
	file, err := os.OpenFile(temporary, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(temporary, path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

func writeFileAtomically(path string, data []byte, mode os.FileMode) error {
	temporary := path + ".tmp"
	if err := os.WriteFile(temporary, data, mode); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}
