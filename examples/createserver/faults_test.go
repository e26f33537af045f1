// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"
)

// fault is a fault with which the cloud answers once, instead of a good answer.
type fault struct {
	do func(f *faulty, w http.ResponseWriter, r *http.Request)
	// lost says that the service does the work, and only its answer is wrong.
	lost bool
	// again says that the fault comes for each request of the same kind, except
	// for the requests with which the program waits until the server is gone.
	again bool
	want  string // a part of the program's message; empty where it recovers
	// span is the part of the client span that shows the fault: a status, or
	// "error" for an error.type. It is empty where the span can't show it.
	span string
}

var faults = map[string]fault{
	"answers 401, and takes a new token":         {do: answering(401), span: "401"},
	"answers 401, and takes no new token either": {do: answering(401), again: true, want: "HTTP 401", span: "401"},
	"answers 409":                             {do: answering(409), want: "HTTP 409", span: "409"},
	"answers 413":                             {do: answering(413), want: "HTTP 413", span: "413"},
	"answers 429":                             {do: answering(429), want: "HTTP 429", span: "429"},
	"answers 429 with Retry-After":            {do: answering(429, "Retry-After", "1"), want: "HTTP 429", span: "429"},
	"answers 498":                             {do: answering(498), want: "HTTP 498", span: "498"},
	"answers 500":                             {do: answering(500), want: "HTTP 500", span: "500"},
	"answers 503":                             {do: answering(503), want: "HTTP 503", span: "503"},
	"redirects to itself, once":               {do: redirecting(func(_ *faulty, r *http.Request) string { return r.URL.RequestURI() }), span: "307"},
	"redirects for ever":                      {do: redirecting(func(*faulty, *http.Request) string { return loop }), want: "stopped after 10 redirects", span: "307"},
	"redirects to another host":               {do: redirecting(func(f *faulty, _ *http.Request) string { return f.stranger.URL }), want: "HTTP 503", span: "503"},
	"redirects to a bad certificate":          {do: redirecting(func(f *faulty, _ *http.Request) string { return f.imposter.URL }), want: "certificate", span: "error"},
	"redirects to where nobody is":            {do: redirecting(func(f *faulty, _ *http.Request) string { return f.nobody }), want: "connection refused", span: "error"},
	"answers with an empty body":              {do: raw("HTTP/1.1 STATUS\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n"), lost: true, want: "EOF"},
	"answers with half a body":                {do: writing(`{"server": {"id`), lost: true, want: "unexpected EOF", span: "error"},
	"answers with something that is no JSON":  {do: raw("HTTP/1.1 STATUS\r\nContent-Type: application/json\r\nContent-Length: 6\r\n\r\n<html>"), lost: true, want: "invalid character '<'"},
	"closes the connection before the header": {do: raw(""), lost: true, want: "EOF", span: "error"},
	"closes the connection in the header":     {do: raw("HTTP/1.1 STATUS\r\nContent-Le"), lost: true, want: "malformed", span: "error"},
	"closes the connection after the header":  {do: writing(""), lost: true, want: "unexpected EOF", span: "error"},
	"stalls before the header": {lost: true, want: "interrupted", span: "error", do: func(f *faulty, _ http.ResponseWriter, r *http.Request) {
		f.interrupt()
		gone(r)
	}},
	"stalls in the body": {lost: true, want: "interrupted", span: "error", do: func(f *faulty, w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(f.ok)
		_, _ = io.WriteString(w, `{"server": {`)
		_ = http.NewResponseController(w).Flush()
		f.interrupt()
		gone(r)
	}},
}

// stages are the requests at which a fault can come.
var stages = map[string]struct {
	at   func(service string, r *http.Request, deleting bool) bool
	ok   int
	want string // a part of the program's message; empty where it tries again
}{
	"while it authenticates": {ok: 201, want: "identity service|authentication", at: func(_ string, r *http.Request, _ bool) bool {
		return r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/auth/tokens")
	}},
	"while it looks for the image": {ok: 200, want: `image "tiny" can't be looked up`, at: func(_ string, r *http.Request, _ bool) bool {
		return r.URL.Path == "/v2/images"
	}},
	"while it creates the server": {ok: 202, want: `server "createserver" was not created`, at: func(_ string, r *http.Request, _ bool) bool {
		return isCreate(r)
	}},
	"while it waits until the server is ACTIVE": {ok: 200, want: "did not become ACTIVE", at: func(_ string, r *http.Request, deleting bool) bool {
		return isShow(r) && !deleting
	}},
	"while it deletes the server": {ok: 202, at: func(_ string, r *http.Request, _ bool) bool { return isDelete(r) }},
	"while it waits until the server is gone": {ok: 200, at: func(_ string, r *http.Request, deleting bool) bool {
		return isShow(r) && deleting
	}},
}

// Whatever the cloud does instead of one good answer, no server is left, the
// program recovers or says in one line what was wrong, its exit status is that
// of its work, its spans show what happened, no goroutine is left, and no
// signed header goes to another host.
func TestCloudFails(t *testing.T) {
	shorten(t, &answerTimeout, 500*time.Millisecond)
	shorten(t, &firstPause, time.Millisecond)
	http.DefaultTransport.(*http.Transport).DisableKeepAlives = true // net/http sends what a kept connection lost again
	t.Cleanup(func() { http.DefaultTransport.(*http.Transport).DisableKeepAlives = false })
	for name, fault := range faults {
		for when, stage := range stages {
			if fault.again && stage.want == "" {
				continue // see TestNotDeleted
			}
			t.Run("the cloud "+name+"/"+when, func(t *testing.T) {
				goroutines := runtime.NumGoroutine()
				f, ctx := startFaulty(t, stage.ok)
				f.fail(t, fault, stage.at)
				r := execute(ctx, t, with("--output", "json")...)
				report := r.report(t)
				want := stage.want
				switch {
				case when == "while it authenticates" && strings.Contains(name, "401"):
					r.failed(t, 1, "refuses these credentials")
				case fault.want == "" || want == "":
					want = ""
					r.succeeded(t)
				case when == "while it authenticates" && fault.lost && !strings.Contains(name, "stalls"):
					r.failed(t, 1)
				default:
					r.failed(t, 1, fault.want)
				}
				nothingLeft(t, f.cloud)
				f.check(t, report, fault, want)
				if elsewhere := name == "redirects to another host"; elsewhere != (f.seen != nil) {
					t.Errorf("the other host saw %v", f.seen)
				}
				f.stop(t)
				settled(t, goroutines)
			})
		}
	}
}
