package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestTheClientShowsItsCertificateAndTrustsTheClustersAuthorityAlone(t *testing.T) {
	dir := t.TempDir()
	authority, err := loadAuthority(dir, "ca")
	if err != nil {
		t.Fatal(err)
	}
	loopback := []netip.Addr{netip.MustParseAddr("127.0.0.1")}
	for _, each := range []subject{{file: "server", commonName: "server", addresses: loopback}, {file: "node-agent", commonName: "node-agent", organization: "system:masters"}} {
		if err := authority.ensure(each); err != nil {
			t.Fatal(err)
		}
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := r.TLS.PeerCertificates[0].Subject
		fmt.Fprintf(w, `{"metadata": {"name": "%s of %s by %s"}}`, name.CommonName, name.Organization, r.Proto)
	}))
	certificate, err := tls.LoadX509KeyPair(filepath.Join(dir, "server.crt"), filepath.Join(dir, "server.key"))
	if err != nil {
		t.Fatal(err)
	}
	clients := x509.NewCertPool()
	clients.AddCert(authority.certificate)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.EnableHTTP2 = true
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: clients}
	server.StartTLS()
	defer server.Close()
	client, err := newClient(server.URL, dir, "node-agent")
	if err != nil {
		t.Fatal(err)
	}
	var answer Service
	if err := client.get(t.Context(), "/api/v1/services/a", &answer); err != nil {
		t.Fatal(err)
	}
	if want := "node-agent of [system:masters] by HTTP/2.0"; answer.Metadata.Name != want {
		t.Errorf("the server sees %q, want %q", answer.Metadata.Name, want)
	}

	os.Remove(filepath.Join(dir, "ca.crt"))
	os.Remove(filepath.Join(dir, "ca.key"))
	if _, err := loadAuthority(dir, "ca"); err != nil {
		t.Fatal(err)
	}
	other, err := newClient(server.URL, dir, "node-agent")
	if err != nil {
		t.Fatal(err)
	}
	if err := other.get(t.Context(), "/", nil); err == nil || !strings.Contains(err.Error(), "unknown authority") {
		t.Errorf("a server of another authority: got %v", err)
	}
}

func TestQuestions(t *testing.T) {
	ctx, api := t.Context(), newFakeAPI(t)
	path := coreAPI + "/namespaces/n/services/a"
	api.put(path, map[string]any{"spec": map[string]any{"type": "LoadBalancer", "kept": "by a patch"}})

	var service Service
	if err := api.get(ctx, path, &service); err != nil || service.Spec.Type != "LoadBalancer" {
		t.Errorf("get: got %v, %v", service, err)
	}
	patch := map[string]any{"metadata": map[string]any{"resourceVersion": service.Metadata.ResourceVersion}, "status": map[string]any{"x": 1}}
	if err := api.patch(ctx, path+"/status", patch); err != nil {
		t.Error(err)
	}
	if kept := api.read(path)["spec"].(map[string]any)["kept"]; kept != "by a patch" {
		t.Errorf("the patch took away what it does not name: %v", api.read(path))
	}
	if err := api.patch(ctx, path+"/status", patch); !answered(err, http.StatusConflict) {
		t.Errorf("a patch of what is another by now: got %v", err)
	}
	volume := &PersistentVolume{Metadata: Metadata{Name: "v"}}
	if err := api.create(ctx, volumesPath, volume); err != nil {
		t.Error(err)
	}
	err := api.create(ctx, volumesPath, volume)
	if failure, ok := errors.AsType[*apiError](err); !ok || failure.Code != 409 || failure.Reason != "AlreadyExists" || failure.Error() != volumesPath+"/v already exists" {
		t.Errorf("the same again: got %#v", err)
	}
	if err := api.delete(ctx, volumesPath+"/v"); err != nil {
		t.Error(err)
	}
	if err := api.delete(ctx, volumesPath+"/v"); !answered(err, http.StatusNotFound) {
		t.Errorf("gone: got %v", err)
	}
}

func TestAnAnswerThatIsNoStatusIsAnErrorToo(t *testing.T) {
	server := quietServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		io.WriteString(w, "[-]etcd failed")
	}))
	defer server.Close()
	err := (&client{server.URL, server.Client()}).get(t.Context(), "/readyz", nil)
	if !answered(err, 500) || err.Error() != "the API server answers 500 Internal Server Error" {
		t.Errorf("got %v", err)
	}
}

func TestAQuestionEndsWithItsContext(t *testing.T) {
	server := quietServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := (&client{server.URL, server.Client()}).get(ctx, "/readyz", nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}
