// SPDX-License-Identifier: Apache-2.0

package faults_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/gophercloud/gophercloud/v2"
)

// secureCloud is the cloud's identity service over TLS, and therefore over
// HTTP/2.
const secureCloud = "https://cloud.example/v3"

// First, do no harm, over HTTP/2: whatever the cloud answers, and however a
// stream or the connection ends, the program sees the same as without the
// library.
func TestHTTP2(t *testing.T) {
	plain := func(status int, body string, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	const address = secureCloud + "/things"
	get, reading := request{method: http.MethodGet, url: address}, request{method: http.MethodGet, url: address, read: func() {}}
	post := request{method: http.MethodPost, url: address, body: `{"thing": {}}`}
	renewing := request{method: http.MethodGet, url: address, renew: func(p *gophercloud.ProviderClient) error {
		p.SetToken(p.Token() + "+")
		return nil
	}}
	for name, test := range map[string]struct {
		request request
		answer  http.HandlerFunc
		want    []string // the results in the spans
	}{
		"the cloud answers 200":                               {get, plain(200, `{"thing": 1}`), []string{"200 Unset"}},
		"the cloud answers 401 for ever":                      {get, plain(401, ""), []string{"401 Error 401"}},
		"the cloud answers 401 for ever to new tokens too":    {renewing, plain(401, ""), []string{"401 Error 401"}},
		"the cloud answers 409":                               {post, plain(409, "{}"), []string{"409 Error 409"}},
		"the cloud answers 413":                               {post, plain(413, "", "Retry-After", "3"), []string{"413 Error 413"}},
		"the cloud answers 429 with Retry-After":              {get, plain(429, "", "Retry-After", "30"), []string{"429 Error 429"}},
		"the cloud answers 498":                               {get, plain(498, ""), []string{"498 Error 498"}},
		"the cloud answers 500":                               {get, plain(500, "<html>"), []string{"500 Error 500"}},
		"the cloud answers 503":                               {get, plain(503, ""), []string{"503 Error 503"}},
		"the cloud redirects for ever":                        {get, plain(302, "", "Location", "/v3/things"), repeat(10, "302 Unset")},
		"the cloud redirects the request with its body":       {post, redirectOnce("/v3/other"), []string{"307 Unset", "200 Unset"}},
		"the cloud redirects to another host":                 {get, redirectOnce("https://elsewhere.example/x"), []string{"307 Unset", "200 Unset"}},
		"the cloud answers with an empty body":                {get, plain(200, ""), []string{"200 Unset"}},
		"the cloud answers with something that is no JSON":    {get, plain(200, `{"thing": `), []string{"200 Unset"}},
		"the cloud answers with a header that is too large":   {get, plain(200, "{}", "X-Large", strings.Repeat("a", 128<<10)), []string{"0 Error http2.ConnectionError"}},
		"the cloud resets the stream before the header":       {get, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, []string{"0 Error http2.StreamError"}},
		"the cloud resets the stream in the body":             {reading, abort, []string{"200 Error http2.StreamError"}},
		"the cloud closes the connection before the header":   {get, func(_ http.ResponseWriter, r *http.Request) { hangUp(r) }, []string{"0 Error *errors.errorString"}},
		"the program gives up before the header":              {get, stalls, []string{"0 Error *errors.errorString"}},
		"the program gives up while it reads the body":        {reading, stallsInBody, []string{"200 Error *errors.errorString"}},
		"the cloud answers before it has read a large body":   {request{method: http.MethodPost, url: address, body: strings.Repeat("a", 1<<20)}, plain(413, ""), []string{"413 Error 413"}},
		"the cloud answers with trailers that nobody expects": {get, trailers, []string{"200 Unset"}},
	} {
		for program := range programs {
			t.Run(name+"/"+program, func(t *testing.T) {
				goroutines := runtime.NumGoroutine()
				n := newNetwork(nil)
				n.cloud = secureCloud
				cancelled := struct {
					sync.Mutex
					cancel func()
				}{}
				server := startHTTP2(t, func(w http.ResponseWriter, r *http.Request) {
					if r.ProtoMajor != 2 {
						t.Errorf("%s", r.Proto)
					}
					body := ""
					if r.ContentLength <= 1<<10 {
						text, err := io.ReadAll(r.Body)
						if err != nil {
							t.Error(err)
						}
						body = string(text)
					}
					n.arrives(seen{r.Host + ":443", r.Method, r.RequestURI, r.Header, body})
					cancelled.Lock()
					w.Header()["Date"] = nil // the date would differ
					ctx := context.WithValue(r.Context(), cancelKey{}, cancelled.cancel)
					cancelled.Unlock()
					test.answer(w, r.WithContext(ctx))
				})
				want := test.want
				if program == "gophercloudtrace" && test.request.renew != nil {
					want = append(want, want...)
				}
				r := test.request
				ctx := func(ctx context.Context) (context.Context, context.CancelFunc) {
					ctx, cancel := context.WithCancel(ctx)
					cancelled.Lock()
					cancelled.cancel = cancel
					cancelled.Unlock()
					if strings.Contains(name, "gives up while") {
						r.read = cancel
					}
					return ctx, cancel
				}
				compare(t, program, n, server.transport, &r, ctx, want)
				server.stop()
				settle(t, goroutines)
			})
		}
	}
}

type cancelKey struct{}

// stalls makes the program give up, and does not answer until then.
func stalls(_ http.ResponseWriter, r *http.Request) {
	r.Context().Value(cancelKey{}).(func())()
	<-r.Context().Done()
}

func stallsInBody(w http.ResponseWriter, r *http.Request) {
	_ = http.NewResponseController(w).Flush()
	<-r.Context().Done()
}

// abort resets the stream after half a body.
func abort(w http.ResponseWriter, _ *http.Request) {
	flush(w)
	panic(http.ErrAbortHandler)
}

func redirectOnce(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v3/things" {
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusTemporaryRedirect)
			return
		}
		_, _ = io.WriteString(w, `{}`)
	}
}

func trailers(w http.ResponseWriter, _ *http.Request) {
	_, _ = io.WriteString(w, `{}`)
	w.Header().Set(http.TrailerPrefix+"X-Trace-Info", "x")
	w.Header().Set(http.TrailerPrefix+"X-Openstack-Request-Id", "req-1")
}

type connKey struct{}

// hangUp ends the connection of a request, but still reads what the client
// sends, because the end could be a reset otherwise.
func hangUp(r *http.Request) {
	_ = r.Context().Value(connKey{}).(*net.TCPConn).CloseWrite()
	<-r.Context().Done()
}
