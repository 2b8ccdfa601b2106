package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// A volume is a sparse file of the size asked for, with a file system in it, mounted by a loop device: it has a real
// capacity, it can fill without filling the host, and the kubelet has statistics of it.
func volumeFile(name string) string  { return filepath.Join(volumeDir, name+".img") }
func volumeMount(name string) string { return filepath.Join(volumeDir, "mounts", name) }

func makeVolume(ctx context.Context, name string, bytes int64) error {
	file := volumeFile(name)
	if err := os.MkdirAll(volumeDir, 0o700); err != nil {
		return err
	}
	// It gets its name when it is whole: what a killed attempt leaves is never mounted.
	unfinished := file + ".unfinished"
	image, err := os.Create(unfinished)
	if err != nil {
		return err
	}
	err = errors.Join(image.Truncate(bytes), image.Close())
	if err != nil {
		return err
	}
	if output, err := exec.CommandContext(ctx, "mkfs.ext4", "-q", "-F", "-m", "0", "-E", "nodiscard", unfinished).CombinedOutput(); err != nil {
		return fmt.Errorf("mkfs.ext4 of %d bytes: %w: %s", bytes, err, strings.TrimSpace(string(output)))
	}
	if err := os.Rename(unfinished, file); err != nil {
		return err
	}
	if err := mountVolume(name); err != nil {
		return err
	}
	// Databases want an empty folder; and the pod that gets it may run as anybody.
	return errors.Join(os.Remove(filepath.Join(volumeMount(name), "lost+found")), os.Chmod(volumeMount(name), 0o777))
}

func mountVolume(name string) error {
	target := volumeMount(name)
	if err := os.MkdirAll(target, 0o755); err != nil {
		return err
	}
	if output, err := exec.Command("mount", "-o", "loop", volumeFile(name), target).CombinedOutput(); err != nil {
		return fmt.Errorf("mount %s: %w: %s", volumeFile(name), err, strings.TrimSpace(string(output)))
	}
	return nil
}

func removeVolume(name string) error {
	if err := unix.Unmount(volumeMount(name), 0); err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOENT) {
		return fmt.Errorf("unmount %s: %w", volumeMount(name), err)
	}
	for _, path := range []string{volumeMount(name), volumeFile(name), volumeFile(name) + ".unfinished"} {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// mountVolumes mounts every volume that an earlier run of the node left, and sweeps away what it did not finish.
func mountVolumes(say func(string, ...any)) error {
	entries, err := os.ReadDir(volumeDir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		path := filepath.Join(volumeDir, entry.Name())
		if strings.HasSuffix(path, ".unfinished") {
			os.Remove(path)
		}
		name, ok := strings.CutSuffix(entry.Name(), ".img")
		if !ok || isMounted(volumeMount(name)) {
			continue
		}
		if err := mountVolume(name); err != nil {
			// One volume that can't be mounted must not keep the others down; its pod says that the path is not there.
			say("volumes: %v", err)
			os.Remove(volumeMount(name))
		}
	}
	return nil
}

func unmountVolumes(say func(string, ...any)) {
	mounts, _ := filepath.Glob(filepath.Join(volumeDir, "mounts", "*"))
	for _, mount := range mounts {
		if !isMounted(mount) {
			continue
		}
		if err := unix.Unmount(mount, 0); err != nil {
			say("volumes: unmount %s: %v; it is synced and goes with the namespace", mount, err)
		}
	}
}

func isMounted(dir string) bool {
	var own, parent unix.Stat_t
	return unix.Stat(dir, &own) == nil && unix.Stat(filepath.Dir(dir), &parent) == nil && own.Dev != parent.Dev
}
