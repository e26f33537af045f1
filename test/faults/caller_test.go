// SPDX-License-Identifier: Apache-2.0

package faults_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	contrib "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"

	"github.com/ostrace/ostrace/otelhttp"
)

// First, do no harm: a service whose caller goes away sees the same as without
// the library. Its span ends with the same result as the span of
// OpenTelemetry's own handler, and nothing is left behind.
func TestCallerGivesUp(t *testing.T) {
	for _, protocol := range []string{"HTTP 1.1", "HTTP 2"} {
		for stage, handle := range map[string]func(r *http.Request, arrived func()) error{
			"while it waits for the answer": func(r *http.Request, arrived func()) error {
				_, err := io.Copy(io.Discard, r.Body)
				arrived()
				<-r.Context().Done()
				return err
			},
			"while it sends the body": func(r *http.Request, arrived func()) error {
				if _, err := io.ReadFull(r.Body, make([]byte, len("half"))); err != nil {
					return err
				}
				arrived()
				_, err := io.Copy(io.Discard, r.Body)
				return err
			},
		} {
			t.Run("the caller gives up "+stage+"/otelhttp over "+protocol, func(t *testing.T) {
				goroutines := runtime.NumGoroutine()
				saw, spans := map[string]string{}, map[string]string{}
				for way, wrap := range map[string]func(*library, http.Handler) http.Handler{
					"without": func(_ *library, h http.Handler) http.Handler { return h },
					"contrib": func(l *library, h http.Handler) http.Handler {
						return contrib.NewHandler(h, "service", contrib.WithTracerProvider(l.tracer))
					},
					"with": func(l *library, h http.Handler) http.Handler {
						return otelhttp.NewHandler(h, "service", otelhttp.WithTracerProvider(l.tracer), otelhttp.WithHMACKeys(l.key))
					},
				} {
					library := newLibrary(t)
					ctx, giveUp := context.WithCancel(t.Context())
					seen := make(chan string, 1)
					handler := wrap(library, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
						err := handle(r, giveUp)
						<-r.Context().Done()
						// The error's text depends on where net/http noticed
						// the end first.
						seen <- fmt.Sprint("error: ", err != nil, ", ", r.Context().Err(), ", ", context.Cause(r.Context()))
					}))
					served := make(chan struct{})
					base, stop := serveOver(t, protocol, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						defer close(served)
						handler.ServeHTTP(w, r)
					}))
					var body io.Reader
					if strings.Contains(stage, "body") {
						body = io.MultiReader(strings.NewReader("half"), untilDone{ctx})
					}
					r, err := http.NewRequestWithContext(ctx, http.MethodPost, secureCloud, body)
					if err != nil {
						t.Fatal(err)
					}
					r.URL.Scheme = map[string]string{"HTTP 1.1": "http", "HTTP 2": "https"}[protocol]
					if resp, err := base.RoundTrip(r); err == nil {
						t.Errorf("an answer: %s", resp.Status)
						_ = resp.Body.Close()
					}
					saw[way] = <-seen
					<-served
					stop()
					spans[way] = fmt.Sprint(library.ended(t))
				}
				if saw["with"] != saw["without"] {
					t.Errorf("without the library the handler saw %s, with it %s", saw["without"], saw["with"])
				}
				if spans["with"] != spans["contrib"] || spans["with"] == "[]" {
					t.Errorf("the spans say %s, contrib's %s", spans["with"], spans["contrib"])
				}
				settle(t, goroutines)
			})
		}
	}
}

// serveOver serves every host, and returns a RoundTripper that sends requests
// there.
func serveOver(t *testing.T, protocol string, handler http.Handler) (http.RoundTripper, func()) {
	if protocol == "HTTP 2" {
		server := startHTTP2(t, handler.ServeHTTP)
		return server.transport(), server.stop
	}
	server := httptest.NewServer(handler)
	transport := &http.Transport{DisableKeepAlives: true, DialContext: dialOnly(server)}
	return transport, server.Close
}

// untilDone is a body that has no more bytes, and ends with the context.
type untilDone struct{ ctx context.Context }

func (u untilDone) Read([]byte) (int, error) {
	<-u.ctx.Done()
	return 0, u.ctx.Err()
}
