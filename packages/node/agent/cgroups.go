package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const cgroupMount = "/sys/fs/cgroup"

// systemCgroup, under the cluster's cgroup root, holds the control plane and this agent; the kubelet makes kubepods beside it.
const systemCgroup = "system"

// cgroupHierarchies are the mount points of all cgroup hierarchies: one on cgroup v2, one a controller on v1, both on hybrid.
func cgroupHierarchies() ([]string, error) {
	data, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return nil, err
	}
	var mounts []string
	for _, line := range strings.Split(string(data), "\n") {
		fields := strings.Fields(line)
		if len(fields) > 2 && (fields[2] == "cgroup" || fields[2] == "cgroup2") && strings.HasPrefix(fields[1], cgroupMount) {
			mounts = append(mounts, fields[1])
		}
	}
	if len(mounts) == 0 {
		return nil, fmt.Errorf("no cgroup hierarchy is mounted under %s", cgroupMount)
	}
	return mounts, nil
}

// enterCgroups makes the cluster's own cgroup root on every hierarchy and moves this process, and so all that it will
// start, into its system cgroup. It returns the hierarchies.
func enterCgroups(root string) ([]string, error) {
	hierarchies, err := cgroupHierarchies()
	if err != nil {
		return nil, err
	}
	for _, hierarchy := range hierarchies {
		if err := delegateControllers(hierarchy); err != nil {
			return nil, err
		}
		own := filepath.Join(hierarchy, root)
		system := filepath.Join(own, systemCgroup)
		for _, dir := range []string{own, system} {
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return nil, err
			}
			if err := inheritCpuset(dir); err != nil {
				return nil, err
			}
		}
		// 0 is "the process that writes", whatever its number in which namespace.
		if err := os.WriteFile(filepath.Join(system, "cgroup.procs"), []byte("0"), 0); err != nil {
			return nil, fmt.Errorf("%s: %w", system, err)
		}
	}
	return hierarchies, nil
}

// delegateControllers lets children of the root of a cgroup v2 hierarchy have the controllers that the kubelet needs.
// systemd has done so on most machines. On v1 there is nothing to do.
func delegateControllers(hierarchy string) error {
	available, err := os.ReadFile(filepath.Join(hierarchy, "cgroup.controllers"))
	if err != nil {
		return nil // v1
	}
	delegated, err := os.ReadFile(filepath.Join(hierarchy, "cgroup.subtree_control"))
	if err != nil {
		return err
	}
	for _, controller := range []string{"cpu", "cpuset", "memory", "pids", "io", "hugetlb"} {
		if !slices.Contains(strings.Fields(string(available)), controller) || slices.Contains(strings.Fields(string(delegated)), controller) {
			continue
		}
		if err := os.WriteFile(filepath.Join(hierarchy, "cgroup.subtree_control"), []byte("+"+controller), 0); err != nil {
			return fmt.Errorf("cgroup controller %s: %w", controller, err)
		}
	}
	return nil
}

// inheritCpuset fills a new cpuset of cgroup v1 from its parent; a process may not enter an empty one.
func inheritCpuset(dir string) error {
	for _, name := range []string{"cpuset.cpus", "cpuset.mems"} {
		own := filepath.Join(dir, name)
		value, err := os.ReadFile(own)
		if err != nil || strings.TrimSpace(string(value)) != "" {
			continue // no cpuset here, or filled already
		}
		if _, err := os.Stat(filepath.Join(dir, "cgroup.controllers")); err == nil {
			continue // cgroup v2 inherits
		}
		parent, err := os.ReadFile(filepath.Join(filepath.Dir(dir), name))
		if err != nil {
			return err
		}
		if err := os.WriteFile(own, parent, 0); err != nil {
			return err
		}
	}
	return nil
}

// processesUnder lists the processes of a cgroup and all below it, as this pid namespace numbers them.
func processesUnder(dir string) []int {
	seen := map[int]bool{}
	var pids []int
	filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() != "cgroup.procs" {
			return nil
		}
		data, _ := os.ReadFile(path)
		for _, word := range strings.Fields(string(data)) {
			// 0 is a process outside of this pid namespace: none of ours.
			if pid, err := strconv.Atoi(word); err == nil && pid != 0 && !seen[pid] {
				seen[pid] = true
				pids = append(pids, pid)
			}
		}
		return nil
	})
	return pids
}
