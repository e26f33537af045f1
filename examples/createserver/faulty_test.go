// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ostrace/ostrace/internal/simcloud"
)

// faulty is a cloud with a fault.
type faulty struct {
	cloud     *simcloud.Cloud
	ok        int // the status of a good answer
	interrupt func()
	stranger  *httptest.Server // not one of the cloud's
	imposter  *httptest.Server // its certificate is not trusted
	nobody    string           // nothing listens on this address

	mu   sync.Mutex
	seen http.Header // the headers that the stranger got
}

// startFaulty starts a cloud, and the other servers to which a redirect can
// lead. The context is for the program's run.
func startFaulty(t *testing.T, ok int) (*faulty, context.Context) {
	t.Helper()
	ctx, interrupt := context.WithCancel(t.Context())
	f := &faulty{cloud: realCloud(t), ok: ok, interrupt: interrupt}
	f.stranger = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		f.seen = r.Header.Clone()
		f.mu.Unlock()
		answer(w, http.StatusServiceUnavailable, `{}`)
	}))
	f.imposter = httptest.NewUnstartedServer(http.NotFoundHandler())
	f.imposter.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	f.imposter.StartTLS()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f.nobody = "http://" + listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	return f, ctx
}

// fail makes the fault come at its stage.
func (f *faulty) fail(t *testing.T, fault fault, at func(string, *http.Request, bool) bool) {
	deleting, failed := false, false
	f.cloud.Intercept(func(service string, w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == loop {
			http.Redirect(w, r, loop, http.StatusTemporaryRedirect)
			return true
		}
		f.mu.Lock()
		now := at(service, r, deleting) && (!failed || fault.again)
		failed = failed || now
		deleting = deleting || isDelete(r)
		f.mu.Unlock()
		if !now {
			return false
		}
		if fault.lost {
			forward(t, r)
		}
		fault.do(f, w, r)
		return true
	})
}

// check compares the report with what happened.
func (f *faulty) check(t *testing.T, report reportJSON, fault fault, want string) {
	t.Helper()
	said := fault.span == ""
	for _, span := range report.Spans {
		status := fmt.Sprint(span.Attributes["http.response.status_code"])
		_, failed := span.Attributes["error.type"]
		said = said || status == fault.span || fault.span == "error" && failed && span.Kind == "client"
	}
	if !said {
		t.Errorf("no span says %q", fault.span)
	}
	root := report.Spans[0]
	if failed := root.Status.Code == "Error"; root.Name != "createserver" || failed != (want != "") || root.Status.Description != report.Error {
		t.Errorf("the root span is %q with the status %+v, and the report's error %q", root.Name, root.Status, report.Error)
	}
	one := false
	for text := range strings.SplitSeq(want, "|") {
		one = one || strings.Contains(report.Error, text)
	}
	if !one {
		t.Errorf("%q does not tell %q", report.Error, want)
	}
	for _, request := range outside(f.cloud, "", "") {
		if !request.Signed || strings.ReplaceAll(request.Trace.BaseID, "-", "") != report.TraceID {
			t.Errorf("one trace: %s %s is signed: %t, for %+v", request.Method, request.Path, request.Signed, request.Trace)
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, name := range []string{"X-Trace-Info", "X-Trace-Hmac", "X-Openstack-Request-Id"} {
		if f.seen.Get(name) != "" {
			t.Errorf("only to the cloud: another host sees %s", name)
		}
	}
}

// stop stops the servers.
func (f *faulty) stop(t *testing.T) {
	t.Helper()
	f.interrupt()
	f.stranger.Close()
	f.imposter.Close()
	if err := f.cloud.Close(); err != nil {
		t.Error(err)
	}
}

// settled waits until there are no more goroutines than there were.
func settled(t *testing.T, goroutines int) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for tick := time.Tick(time.Millisecond); runtime.NumGoroutine() > goroutines; {
		select {
		case <-tick:
		case <-deadline:
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines before, %d after:\n%s", goroutines, runtime.NumGoroutine(), stacks[:runtime.Stack(stacks, true)])
		}
	}
}

// answering answers with a status, and otherwise like the services.
func answering(status int, header ...string) func(*faulty, http.ResponseWriter, *http.Request) {
	return func(_ *faulty, w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		answer(w, status, `{"error": {"message": "Not now."}}`)
	}
}

// writing begins a good answer, but its body is shorter than its length says.
func writing(body string) func(*faulty, http.ResponseWriter, *http.Request) {
	return raw("HTTP/1.1 STATUS\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n" + body)
}

// raw writes text instead of an answer, and closes the connection.
func raw(text string) func(*faulty, http.ResponseWriter, *http.Request) {
	return func(f *faulty, w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, strings.Replace(text, "STATUS", fmt.Sprint(f.ok, " ", http.StatusText(f.ok)), 1))
	}
}

// redirecting answers with a redirect to another place.
func redirecting(to func(*faulty, *http.Request) string) func(*faulty, http.ResponseWriter, *http.Request) {
	return func(f *faulty, w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, to(f, r), http.StatusTemporaryRedirect)
	}
}

// loop is a path that leads to itself.
const loop = "/loop"
