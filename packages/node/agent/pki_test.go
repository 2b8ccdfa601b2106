package main

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"
)

func TestCertificatesAreKeptWhileTheyServe(t *testing.T) {
	dir := t.TempDir()
	ca, err := loadAuthority(dir, "ca")
	if err != nil {
		t.Fatal(err)
	}
	issue := func(by *authority, addresses ...string) string {
		t.Helper()
		s := subject{file: "server", commonName: "server", names: []string{"server"}}
		for _, address := range addresses {
			s.addresses = append(s.addresses, netip.MustParseAddr(address))
		}
		if err := by.ensure(s); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(filepath.Join(dir, "server.crt"))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	first := issue(ca, "10.0.0.2")
	again, err := loadAuthority(dir, "ca")
	if err != nil {
		t.Fatal(err)
	}
	if issue(again, "10.0.0.2") != first {
		t.Error("a certificate that serves was replaced")
	}
	moved := issue(again, "10.0.9.2")
	if moved == first {
		t.Error("the node moved, and its certificate still names the old address")
	}
	if err := os.Remove(filepath.Join(dir, "ca.crt")); err != nil {
		t.Fatal(err)
	}
	other, err := loadAuthority(dir, "ca")
	if err != nil {
		t.Fatal(err)
	}
	if issue(other, "10.0.9.2") == moved {
		t.Error("a certificate of another authority was kept")
	}
}

func TestAnAuthorityThatCannotBeReadIsNeverReplaced(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "ca.crt"), []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := loadAuthority(dir, "ca"); err == nil {
		t.Error("no error")
	}
	if data, _ := os.ReadFile(filepath.Join(dir, "ca.crt")); string(data) != "garbage" {
		t.Error("the file was overwritten")
	}
}

func TestAnAuthorityWithoutItsKeyIsNotReplaced(t *testing.T) {
	dir := t.TempDir()
	if _, err := loadAuthority(dir, "ca"); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(filepath.Join(dir, "ca.crt"))
	if err := os.Remove(filepath.Join(dir, "ca.key")); err != nil {
		t.Fatal(err)
	}
	if _, err := loadAuthority(dir, "ca"); err == nil {
		t.Error("no error")
	}
	if after, _ := os.ReadFile(filepath.Join(dir, "ca.crt")); string(after) != string(before) {
		t.Error("the authority was replaced, and with it every certificate that it issued")
	}
}
