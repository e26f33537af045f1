// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const notDelivered = "createserver: spans could not be delivered: "

// With eachSpan the spans are exported one by one while the program works, and
// not all together at its end.
var eachSpan = []string{"OTEL_BSP_MAX_EXPORT_BATCH_SIZE=1", "OTEL_BSP_SCHEDULE_DELAY=1"}

// A back end that does not accept the spans changes neither the work nor the
// exit status. The program says once that they could not be delivered, and ends
// when its own time for that is over, however long the exporter would continue.
func TestBackendDoesNotTakeSpans(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts connections, and sends nothing
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	serve := func(handler http.HandlerFunc) string {
		server := httptest.NewServer(handler)
		t.Cleanup(server.Close)
		return server.URL
	}
	const down = "http://127.0.0.1:1"
	// The exporter itself would continue for an hour.
	patient := []string{"OTEL_EXPORTER_OTLP_TIMEOUT=3600000", "OTEL_BSP_EXPORT_TIMEOUT=3600000"}
	for name, test := range map[string]struct {
		endpoint string
		env      []string
	}{
		"is down, HTTP":             {down, nil},
		"is down, gRPC":             {down, []string{"OTEL_EXPORTER_OTLP_PROTOCOL=grpc"}},
		"says nothing, HTTP":        {"http://" + silent.Addr().String(), nil},
		"says nothing, gRPC":        {"http://" + silent.Addr().String(), []string{"OTEL_EXPORTER_OTLP_PROTOCOL=grpc"}},
		"says nothing to each span": {"http://" + silent.Addr().String(), eachSpan},
		"answers 500": {serve(func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "no", http.StatusInternalServerError) // exporters do not retry this
		}), nil},
		"answers 500 to each span": {serve(func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "no", http.StatusInternalServerError)
		}), eachSpan},
		"answers 503 for ever": {serve(func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "no\nroom", http.StatusServiceUnavailable) // exporters do retry this
		}), nil},
		"asks to wait for an hour": {serve(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(http.StatusTooManyRequests)
		}), nil},
		"closes the connection": {serve(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }), nil},
		"answers without an end": {serve(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			for err := error(nil); err == nil; {
				_, err = w.Write([]byte(strings.Repeat(" ", 1<<10)))
			}
		}), nil},
	} {
		for work, args := range map[string][]string{"work that succeeds": wanted, "work that fails": with("--image", "nix")} {
			t.Run("the back end "+name+"/"+work, func(t *testing.T) {
				shorten(t, &exportTimeout, 300*time.Millisecond)
				cloud := realCloud(t)
				setenv(t, slices.Concat(patient, test.env, []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + test.endpoint})...)
				r := execute(t.Context(), t, append(args, "--output", "json")...)
				own, report := r.own(), r.report(t)
				if len(own) == 0 || !strings.HasPrefix(own[0], notDelivered) || strings.Count(r.stderr, notDelivered) != 1 || len(report.Spans) == 0 {
					t.Errorf("%d spans, stderr has %q", len(report.Spans), own)
				}
				if failed := work == "work that fails"; failed != (r.status == 1) || failed != (len(own) == 2) || failed != strings.Contains(report.Error, "nix") {
					t.Errorf("exit status %d, error %q, stderr has %q", r.status, report.Error, own)
				}
				nothingLeft(t, cloud)
			})
		}
	}
	t.Run("the back end says nothing/the simulated cloud", func(t *testing.T) {
		shorten(t, &exportTimeout, 300*time.Millisecond)
		clearEnvironment(t)
		setenv(t, append(patient, "OTEL_EXPORTER_OTLP_ENDPOINT=http://"+silent.Addr().String())...)
		r := execute(t.Context(), t)
		if r.status != 0 || strings.Count(r.stderr, notDelivered) != 1 {
			t.Errorf("exit status %d\n%s", r.status, r.stderr)
		}
	})
}

// A back end that does not answer for the first span until the server is
// deleted does not delay the deletion, and gets every span in the end.
func TestSlowBackend(t *testing.T) {
	shorten(t, &exportTimeout, time.Minute)
	cloud := realCloud(t)
	b := startBackend(t)
	first, deleting := newEvent(t), newEvent(t)
	take := b.Config.Handler
	b.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		first.happens()
		deleting.await(r)
		take.ServeHTTP(w, r)
	})
	cloud.Intercept(func(_ string, _ http.ResponseWriter, r *http.Request) bool {
		switch {
		case isCreate(r):
			first.await(r)
		case isDelete(r):
			deleting.happens()
		}
		return false
	})
	setenv(t, append(eachSpan, "OTEL_EXPORTER_OTLP_ENDPOINT="+b.URL)...)
	r := execute(t.Context(), t, with("--output", "json")...)
	r.succeeded(t)
	b.check(t, r.report(t))
	nothingLeft(t, cloud)
}

// event is an event for which requests wait.
type event struct {
	t        *testing.T
	happened chan struct{}
	happens  func()
}

func newEvent(t *testing.T) event {
	happened := make(chan struct{})
	return event{t, happened, sync.OnceFunc(func() { close(happened) })}
}

// await returns when the event has happened, or when the client does not wait
// for the answer any more.
func (e event) await(r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	select {
	case <-e.happened:
	case <-r.Context().Done():
	case <-time.After(30 * time.Second):
		e.t.Errorf("%s %s waits in vain", r.Method, r.URL.Path)
	}
}
