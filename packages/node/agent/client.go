package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"
)

// Kubernetes' own client would make a compile of this program five times as long: this one has the little that is
// needed here.

const (
	coreAPI    = "/api/v1"
	storageAPI = "/apis/storage.k8s.io/v1"
	// A question that is not answered by then has failed. A watch is no question.
	questionLimit = 30 * time.Second
	jsonType      = "application/json"
	mergePatch    = "application/merge-patch+json"
)

// client asks one API server with one client certificate.
type client struct {
	server string
	http   *http.Client
}

// newClient is the client of the user whose certificate stands in dir, for a server of the authority ca in the same.
func newClient(server, dir, user string) (*client, error) {
	certificate, err := tls.LoadX509KeyPair(filepath.Join(dir, user+".crt"), filepath.Join(dir, user+".key"))
	if err != nil {
		return nil, err
	}
	authority, err := os.ReadFile(filepath.Join(dir, "ca.crt"))
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(authority) {
		return nil, fmt.Errorf("%s: no certificate", filepath.Join(dir, "ca.crt"))
	}
	return &client{server, &http.Client{Transport: &http.Transport{
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		TLSClientConfig:       &tls.Config{Certificates: []tls.Certificate{certificate}, RootCAs: roots},
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: questionLimit,
		IdleConnTimeout:       90 * time.Second,
		DisableCompression:    true, // the server is on the same machine
		ForceAttemptHTTP2:     true, // all watches on one connection
		// A connection whose other end is gone without a word is given up after this.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 30 * time.Second, PingTimeout: 15 * time.Second},
	}}}, nil
}

// apiError is an answer that is not a success: its HTTP status, and of its Status object why.
type apiError struct {
	Code    int    `json:"code"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

func (e *apiError) Error() string {
	if e.Message != "" {
		return e.Message
	}
	return fmt.Sprintf("the API server answers %d %s", e.Code, http.StatusText(e.Code))
}

// answered tells whether the error is an answer with that HTTP status.
func answered(err error, status int) bool {
	answer, ok := errors.AsType[*apiError](err)
	return ok && answer.Code == status
}

// get reads the object or the list at the path.
func (c *client) get(ctx context.Context, path string, out any) error {
	return c.ask(ctx, http.MethodGet, path, "", nil, out)
}

// create makes a new object in the list at the path.
func (c *client) create(ctx context.Context, path string, object any) error {
	return c.ask(ctx, http.MethodPost, path, jsonType, object, nil)
}

// patch changes of the object at the path what the patch has. With a resourceVersion in it, it changes nothing where the
// object is another by now.
func (c *client) patch(ctx context.Context, path string, patch any) error {
	return c.ask(ctx, http.MethodPatch, path, mergePatch, patch, nil)
}

func (c *client) delete(ctx context.Context, path string) error {
	return c.ask(ctx, http.MethodDelete, path, "", nil, nil)
}

func (c *client) ask(ctx context.Context, method, path, contentType string, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, questionLimit)
	defer cancel()
	body, err := c.open(ctx, method, path, contentType, in)
	if err != nil {
		return err
	}
	defer body.Close()
	if out != nil {
		err = json.NewDecoder(body).Decode(out)
	}
	// A connection whose answer was not read to its end is not used again.
	_, _ = io.Copy(io.Discard, body)
	return err
}

// watch opens the stream of what changes at the path after the resourceVersion. The server ends it after so many seconds.
func (c *client) watch(ctx context.Context, path, resourceVersion string, limit time.Duration) (io.ReadCloser, error) {
	query := url.Values{
		"watch":               {"true"},
		"allowWatchBookmarks": {"true"},
		"resourceVersion":     {resourceVersion},
		"timeoutSeconds":      {fmt.Sprint(int(limit.Seconds()))},
	}
	return c.open(ctx, http.MethodGet, path+"?"+query.Encode(), "", nil)
}

// open returns the body of an answer that is a success. The caller closes it.
func (c *client) open(ctx context.Context, method, path, contentType string, in any) (io.ReadCloser, error) {
	var content io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(data)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.server+path, content)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", jsonType)
	request.Header.Set("User-Agent", "node-agent") // it names the writer in managedFields too
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode >= 200 && response.StatusCode <= 299 {
		return response.Body, nil
	}
	defer response.Body.Close()
	failure := &apiError{}
	// Not every answer has a Status object: /readyz says a text.
	_ = json.NewDecoder(io.LimitReader(response.Body, 1<<20)).Decode(failure)
	failure.Code = response.StatusCode
	return nil, failure
}
