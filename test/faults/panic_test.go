// SPDX-License-Identifier: Apache-2.0

package faults_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"runtime"
	"strings"
	"testing"

	contrib "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"

	"github.com/ostrace/ostrace/otelhttp"
)

// These match texts that differ from answer to answer, or that the library
// adds.
var (
	regexpRequestID = regexp.MustCompile(`; X-Openstack-Request-Id: \["req-[-0-9a-f]*"\]`)
	regexpDate      = regexp.MustCompile(`Date: \["[^"]*"\]`)
)

var errPanic = errors.New("of the program")

// panics is a body that panics when it is read.
type panics struct{ io.Closer }

func (panics) Read([]byte) (int, error) { panic(errPanic) }

// First, do no harm: a panic in the program's own RoundTripper reaches the
// program unchanged, and leaves the spans in the same state as OpenTelemetry's
// own transport. Nothing is left behind, and the next request works as usual.
func TestRoundTripperPanics(t *testing.T) {
	good := roundTripper(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}")), Request: r}, nil
	})
	for name, bad := range map[string]roundTripper{
		"at once": func(*http.Request) (*http.Response, error) { panic(errPanic) },
		"in the body": func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: panics{io.NopCloser(nil)}, Request: r}, nil
		},
	} {
		t.Run("the RoundTripper panics "+name, func(t *testing.T) {
			ways := map[string]program{"contrib": func(ctx context.Context, base http.RoundTripper, l *library, r request) outcome {
				return throughHTTP(ctx, contrib.NewTransport(base, contrib.WithTracerProvider(l.tracer)), nil, r)
			}}
			maps.Copy(ways, programs)
			open := map[string]int{}
			for way, through := range ways {
				goroutines := runtime.NumGoroutine()
				library := newLibrary(t)
				base := bad
				transport := roundTripper(func(r *http.Request) (*http.Response, error) { return base(r) })
				r := request{method: http.MethodGet, url: thing}
				for range 3 {
					if got := recovered(func() { through(t.Context(), transport, library, r) }); got != any(errPanic) {
						t.Errorf("%s: recovered %v", way, got)
					}
				}
				open[way] = len(library.spans.Started()) - len(library.spans.Ended())
				base = good
				if o := through(t.Context(), transport, library, r); o.Err != "no error" {
					t.Errorf("%s: afterwards %+v", way, o)
				}
				if got := len(library.spans.Started()) - len(library.spans.Ended()); got != open[way] {
					t.Errorf("%s: %d spans are open, %d were before", way, got, open[way])
				}
				settle(t, goroutines)
			}
			for way, got := range open {
				// gophercloud closes the body after a panic, which ends the
				// span.
				if got != open["contrib"] && (way != "gophercloudtrace" || got > open["contrib"]) {
					t.Errorf("%s: %d spans are open, with contrib's %d", way, got, open["contrib"])
				}
			}
		})
	}
}

func recovered(f func()) (value any) {
	defer func() { value = recover() }()
	f()
	return nil
}

// First, do no harm: a handler panics in the same way as without the library.
// The caller's connection breaks at the same place, and the span ends with the
// same result as contrib's.
func TestHandlerPanics(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"at once": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"after the header 201": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusCreated)
			panic(http.ErrAbortHandler)
		},
		"in a body": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "half")
			panic(http.ErrAbortHandler)
		},
		"behind a flush": func(w http.ResponseWriter, _ *http.Request) { flush(w); panic(http.ErrAbortHandler) },
	} {
		t.Run("the handler panics "+name, func(t *testing.T) {
			goroutines := runtime.NumGoroutine()
			outcomes, spans := map[string]string{}, map[string]string{}
			for way, wrap := range map[string]func(l *library) http.Handler{
				"without": func(*library) http.Handler { return handler },
				"contrib": func(l *library) http.Handler {
					return contrib.NewHandler(handler, "service", contrib.WithTracerProvider(l.tracer))
				},
				"with": func(l *library) http.Handler {
					return otelhttp.NewHandler(handler, "service", otelhttp.WithTracerProvider(l.tracer), otelhttp.WithHMACKeys(l.key))
				},
			} {
				library := newLibrary(t)
				server := httptest.NewServer(wrap(library))
				o := throughHTTP(t.Context(), &http.Transport{DisableKeepAlives: true}, nil, request{method: http.MethodGet, url: server.URL})
				server.Close()
				text := regexpRequestID.ReplaceAllString(strings.ReplaceAll(o.Err+o.Response, server.URL, ""), "")
				outcomes[way], spans[way] = regexpDate.ReplaceAllString(text, ""), fmt.Sprint(library.ended(t))
			}
			if outcomes["with"] != outcomes["without"] {
				t.Errorf("without the library:\n%s\nwith:\n%s", outcomes["without"], outcomes["with"])
			}
			if spans["with"] != spans["contrib"] || spans["with"] == "[]" {
				t.Errorf("the spans say %s, contrib's %s", spans["with"], spans["contrib"])
			}
			settle(t, goroutines)
		})
	}
}

func flush(w http.ResponseWriter) {
	_, _ = io.WriteString(w, "half")
	_ = http.NewResponseController(w).Flush()
}
