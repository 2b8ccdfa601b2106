package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// kernelTunables are sysctls of the whole machine that the kubelet sets when it starts (k8s.io/kubernetes
// pkg/kubelet/cm, setupKernelTunables). It finds the values it wants in files of our own and so changes nothing.
var kernelTunables = map[string]string{
	"vm/overcommit_memory":      "1",
	"vm/panic_on_oom":           "0",
	"kernel/panic":              "10",
	"kernel/panic_on_oops":      "1",
	"kernel/keys/root_maxkeys":  "1000000",
	"kernel/keys/root_maxbytes": "25000000",
}

// enterRoot builds the node's root file system on a tmpfs and makes it the root of this mount namespace: the unpacked
// packages read-only, the node's state and logs bound to the places where Kubernetes looks for them, and nothing else of
// the host's files. The host sees none of these mounts.
func enterRoot(config *Config, cgroupHierarchies []string) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	root := filepath.Join(config.Paths.Run, "root")
	if err := os.MkdirAll(root, 0o755); err != nil {
		return err
	}
	b := &builder{root: root}
	b.mount("tmpfs", "", "tmpfs", 0, "mode=755")
	b.packages(config.Paths.Root)
	b.kernelFileSystems(cgroupHierarchies)
	for target, source := range map[string]string{
		binDir:        config.Paths.Bin,
		logDir:        config.Paths.Logs,
		runDir:        config.Paths.Run,
		pkiDir:        filepath.Join(config.Paths.State, "pki"),
		podLogDir:     filepath.Join(config.Paths.State, "pod-logs"),
		etcdDir:       filepath.Join(config.Paths.State, "etcd"),
		containerdDir: filepath.Join(config.Paths.State, "containerd"),
		kubeletDir:    filepath.Join(config.Paths.State, "kubelet"),
		volumeDir:     filepath.Join(config.Paths.State, "volumes"),
	} {
		b.makeDir(source, 0o700)
		b.bindOnly(source, target)
	}
	b.remountReadOnly(binDir)
	b.copyFile(config.file, configFile)
	b.writeFile(hostResolv, "") // a machine without a resolver has no such file
	b.copyFileIfThere("/etc/resolv.conf", hostResolv)
	b.copyFileIfThere("/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/certs/ca-certificates.crt")
	b.writeFile("/etc/resolv.conf", "nameserver "+config.Network.EgressDNS.String()+"\n")
	b.writeFile("/etc/hostname", config.NodeName+"\n")
	b.writeFile("/etc/hosts", "127.0.0.1 localhost\n"+config.Network.NodeAddress.String()+" "+config.NodeName+"\n")
	b.writeFile("/etc/machine-id", fmt.Sprintf("%032s\n", config.ID))
	if b.err != nil {
		return b.err
	}
	return pivot(root)
}

// builder makes mounts and files under a root until the first error, which it keeps.
type builder struct {
	root string
	err  error
}

func (b *builder) do(what string, err error) {
	if b.err == nil && err != nil {
		b.err = fmt.Errorf("%s: %w", what, err)
	}
}

func (b *builder) at(target string) string { return filepath.Join(b.root, target) }

func (b *builder) makeDir(dir string, mode os.FileMode) {
	if b.err == nil {
		b.do("make "+dir, os.MkdirAll(dir, mode))
	}
}

func (b *builder) mount(source, target, fstype string, flags uintptr, data string) {
	b.makeDir(b.at(target), 0o755)
	if b.err == nil {
		b.do("mount "+fstype+" on "+target, unix.Mount(source, b.at(target), fstype, flags, data))
	}
}

func (b *builder) bind(source, target string) {
	b.makeDir(b.at(target), 0o755)
	if b.err == nil {
		b.do("bind "+source+" on "+target, unix.Mount(source, b.at(target), "", unix.MS_BIND|unix.MS_REC, ""))
	}
}

// bindOnly leaves out what is mounted below: the run folder holds the very root that is being built.
func (b *builder) bindOnly(source, target string) {
	b.makeDir(b.at(target), 0o755)
	if b.err == nil {
		b.do("bind "+source+" on "+target, unix.Mount(source, b.at(target), "", unix.MS_BIND, ""))
	}
}

func (b *builder) remountReadOnly(target string) {
	if b.err == nil {
		b.do("make "+target+" read-only", unix.Mount("", b.at(target), "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, ""))
	}
}

func (b *builder) writeFile(target, content string) {
	b.makeDir(filepath.Dir(b.at(target)), 0o755)
	if b.err == nil {
		os.Remove(b.at(target)) // it may be a link that leads out of the new root
		b.do("write "+target, os.WriteFile(b.at(target), []byte(content), 0o644))
	}
}

func (b *builder) copyFile(source, target string) {
	if b.err != nil {
		return
	}
	data, err := os.ReadFile(source)
	b.do("read "+source, err)
	b.writeFile(target, string(data))
}

func (b *builder) copyFileIfThere(source, target string) {
	if _, err := os.Stat(source); err == nil {
		b.copyFile(source, target)
	}
}

// packages shows the unpacked packages: the big folders bound read-only, /etc copied since things are written there.
func (b *builder) packages(lower string) {
	entries, err := os.ReadDir(lower)
	b.do("read "+lower, err)
	for _, entry := range entries {
		source := filepath.Join(lower, entry.Name())
		switch {
		case b.err != nil:
			return
		case entry.Type()&os.ModeSymlink != 0:
			target, err := os.Readlink(source)
			b.do("read link "+source, err)
			if b.err == nil {
				b.do("link "+entry.Name(), os.Symlink(target, b.at(entry.Name())))
			}
		case entry.Name() == "etc":
			b.do("copy /etc", os.CopyFS(b.at("etc"), os.DirFS(source)))
		case entry.Name() == "usr" || entry.Name() == "opt":
			b.bind(source, entry.Name())
			b.remountReadOnly(entry.Name())
		}
	}
	for _, dir := range []string{"root", "tmp", "run", "var/lib", "var/log", "mnt", "proc", "sys", "dev"} {
		b.makeDir(b.at(dir), 0o755)
	}
	b.do("link /var/run", os.Symlink("/run", b.at("var/run")))
	b.do("chmod /tmp", os.Chmod(b.at("tmp"), 0o1777))
}

// kernelFileSystems mounts /proc, /sys, /dev and the cgroups. The host's cgroup mounts are bound into the fresh sysfs of
// the new network namespace, which would hide them.
func (b *builder) kernelFileSystems(cgroupHierarchies []string) {
	b.mount("proc", "proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
	b.mount("sysfs", "sys", "sysfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
	b.bind(cgroupMount, cgroupMount)
	b.bind("/dev", "dev")
	b.mount("tmpfs", "dev/shm", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "")
	b.protectSysctls()
}

// protectSysctls leaves only the sysctls of the node's own network namespace writable.
func (b *builder) protectSysctls() {
	b.bind(b.at("proc/sys"), "proc/sys")
	b.remountReadOnly("proc/sys")
	b.bind(b.at("proc/sys/net"), "proc/sys/net")
	if b.err == nil {
		b.do("make /proc/sys/net writable", unix.Mount("", b.at("proc/sys/net"), "", unix.MS_REMOUNT|unix.MS_BIND, ""))
	}
	for name, value := range kernelTunables {
		own := "run/.sysctl/" + strings.ReplaceAll(name, "/", ".")
		b.writeFile(own, value+"\n")
		if b.err == nil {
			b.do("cover sysctl "+name, unix.Mount(b.at(own), b.at("proc/sys/"+name), "", unix.MS_BIND, ""))
		}
	}
}

// pivot makes dir the root and lets go of the old one. Mounts are shared below it, so that a volume that is mounted later
// reaches the containers that asked for that (mountPropagation).
func pivot(dir string) error {
	old := filepath.Join(dir, "mnt")
	if err := unix.PivotRoot(dir, old); err != nil {
		return fmt.Errorf("pivot_root: %w", err)
	}
	if err := os.Chdir("/"); err != nil {
		return err
	}
	if err := unix.Unmount("/mnt", unix.MNT_DETACH); err != nil {
		return err
	}
	return unix.Mount("", "/", "", unix.MS_REC|unix.MS_SHARED, "")
}
