// SPDX-License-Identifier: Apache-2.0

package gophercloudtrace

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/objectstorage/v1/containers"
	"github.com/gophercloud/gophercloud/v2/openstack/objectstorage/v1/objects"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/ostrace/ostrace/internal/simcloud"
)

// swift returns a cloud whose object store has the container c.
func (p *program) swift(t *testing.T) (*simcloud.Cloud, *gophercloud.ServiceClient) {
	t.Helper()
	cloud, provider := p.connect(t)
	swift, err := openstack.NewObjectStorageV1(provider, gophercloud.EndpointOpts{Region: "RegionOne"})
	if err != nil {
		t.Fatal(err)
	}
	if err := containers.Create(t.Context(), swift, "c", nil).Err; err != nil {
		t.Fatal(err)
	}
	return cloud, swift
}

func TestObjects(t *testing.T) {
	p := newProgram(t)
	cloud, swift := p.swift(t)
	const size = 8 << 20
	_, spans := p.under(t, func(ctx context.Context) {
		content := io.LimitReader(zeros{}, size)
		if err := objects.Create(ctx, swift, "c", "dir/big", objects.CreateOpts{Content: content, NoETag: true}).Err; err != nil {
			t.Fatal(err)
		}
		download := objects.Download(ctx, swift, "c", "dir/big", nil)
		if download.Err != nil {
			t.Fatal(download.Err)
		}
		n, err := io.Copy(io.Discard, download.Body)
		if err != nil || n != size {
			t.Errorf("%d bytes came back, %v", n, err)
		}
		if err := download.Body.Close(); err != nil {
			t.Error(err)
		}
	})
	for i, method := range []string{"PUT", "GET"} {
		if got, want := spans[i].Name(), method+" /v1/{id}/{id}/{id}"; got != want {
			t.Errorf("span %d is %q, want %q", i, got, want)
		}
		if got := attributes(spans[i])[ServiceTypeKey].AsString(); got != "object-store" {
			t.Errorf("service type %q", got)
		}
	}
	if arrived := from(cloud); !arrived[len(arrived)-1].Signed {
		t.Error("not signed")
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// A request's body is sent while it is still being written.
func TestUploadIsStreamed(t *testing.T) {
	p := newProgram(t)
	cloud, swift := p.swift(t)
	arrived := make(chan string, 2)
	cloud.Intercept(func(_ string, w http.ResponseWriter, r *http.Request) bool {
		part := make([]byte, len("first"))
		for range cap(arrived) {
			n, err := io.ReadFull(r.Body, part)
			if err != nil {
				t.Errorf("the body ended: %v", err)
			}
			arrived <- string(part[:n])
		}
		w.WriteHeader(http.StatusCreated)
		return true
	})
	reader, writer := io.Pipe()
	defer func() { _ = writer.Close() }()
	failed := make(chan error, 1)
	go func() {
		_, err := swift.Request(context.WithoutCancel(t.Context()), http.MethodPut, swift.ServiceURL("c", "o"), &gophercloud.RequestOpts{RawBody: reader})
		failed <- err
	}()
	for _, part := range []string{"first", "other"} { // each part is written after the one before has arrived
		written := make(chan error, 1)
		go func() {
			_, err := io.WriteString(writer, part)
			written <- err
		}()
		if got := await(t, "a part of the body", arrived); got != part {
			t.Errorf("%q arrived", got)
		}
		if err := await(t, "the pipe", written); err != nil {
			t.Error(err)
		}
	}
	if err := writer.Close(); err != nil {
		t.Error(err)
	}
	if err := await(t, "the answer", failed); err != nil {
		t.Error(err)
	}
}

// The body of an answer is passed on while it is still being sent. Its span
// ends when it ends, in whatever way.
func TestDownloadIsStreamed(t *testing.T) {
	for name, test := range map[string]struct {
		read  func(t *testing.T, body io.ReadCloser, release func())
		ended bool // whether the body has ended before it is closed
	}{
		"read": {func(t *testing.T, body io.ReadCloser, release func()) {
			release()
			if rest, err := io.ReadAll(body); err != nil || string(rest) != "rest" {
				t.Errorf("%q, %v", rest, err)
			}
		}, true},
		"closed early":     {func(*testing.T, io.ReadCloser, func()) {}, false},
		"closed at an end": {func(_ *testing.T, _ io.ReadCloser, release func()) { release() }, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProgram(t)
			cloud, swift := p.swift(t)
			proceed := make(chan struct{})
			cloud.Intercept(func(_ string, w http.ResponseWriter, r *http.Request) bool {
				_, _ = io.WriteString(w, "first")
				w.(http.Flusher).Flush()
				select {
				case <-proceed:
				case <-r.Context().Done():
				}
				_, _ = io.WriteString(w, "rest")
				return true
			})
			parent, span := p.tracer.Tracer("test").Start(t.Context(), "command")
			defer span.End()
			resp, err := swift.Request(parent, http.MethodGet, swift.ServiceURL("c", "o"), &gophercloud.RequestOpts{KeepResponseBody: true})
			if err != nil {
				t.Fatal(err)
			}
			ended := func() []sdktrace.ReadOnlySpan { return p.children(span.SpanContext()) }
			first := make([]byte, len("first"))
			if _, err := io.ReadFull(resp.Body, first); err != nil || string(first) != "first" {
				t.Errorf("%q, %v", first, err)
			}
			if len(ended()) != 0 {
				t.Error("the span ended before the body did")
			}
			test.read(t, resp.Body, func() { close(proceed) })
			if got := len(ended()) == 1; got != test.ended {
				t.Errorf("before the body is closed the span has ended: %v", got)
			}
			if err := resp.Body.Close(); err != nil {
				t.Error(err)
			}
			if len(ended()) != 1 {
				t.Error("the body is closed, and the span has not ended")
			}
		})
	}
}

// First, do no harm: gophercloud can send a body again.
func TestBodyIsSentAgain(t *testing.T) {
	p := newProgram(t)
	cloud, swift := p.swift(t)
	cloud.RevokeTokens()
	_, spans := p.under(t, func(ctx context.Context) {
		if err := objects.Create(ctx, swift, "c", "o", objects.CreateOpts{Content: strings.NewReader("content")}).Err; err != nil {
			t.Fatal(err)
		}
		download := objects.Download(ctx, swift, "c", "o", nil)
		if content, err := download.ExtractContent(); err != nil || string(content) != "content" {
			t.Errorf("%q, %v", content, err)
		}
	})
	if got := resendsOf(spans); len(got) != 4 || got[2] != 1 {
		t.Errorf("resend counts %v", got)
	}
}
