package main

import (
	"regexp"
	"testing"
)

func TestKubeconfigText(t *testing.T) {
	got := kubeconfigText("a: #1", "https://10.0.0.2:6443", "admin", [3][]byte{[]byte("ca"), []byte("crt"), []byte("key")})
	want := `apiVersion: v1
kind: Config
clusters:
- name: "a: #1"
  cluster:
    server: "https://10.0.0.2:6443"
    certificate-authority-data: Y2E=
users:
- name: "admin@a: #1"
  user:
    client-certificate-data: Y3J0
    client-key-data: a2V5
contexts:
- name: "a: #1"
  context:
    cluster: "a: #1"
    user: "admin@a: #1"
current-context: "a: #1"
`
	if got != want {
		t.Errorf("got %s", got)
	}
	// the form in which transport.ts looks for them
	for _, name := range []string{"server", "certificate-authority-data", "client-certificate-data", "client-key-data"} {
		if found := regexp.MustCompile(`(?m)^ *-? *`+name+`: *"?([^"\s]+)"? *$`).FindAllString(got, -1); len(found) != 1 {
			t.Errorf("%s: found %q", name, found)
		}
	}
}
