// SPDX-License-Identifier: Apache-2.0

package gophercloudtrace

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2"
)

// First, do no harm: gophercloud returns the same errors as without the
// library, with the same texts and types, also of the wrapped errors.
func TestErrorsAreTheSame(t *testing.T) {
	failure := errors.New("of the program's own RoundTripper")
	arrived := make(chan struct{}) // receives when a request has arrived at /v3/slow
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/v3/404":
			http.Error(w, "not here", http.StatusNotFound)
		case "/v3/409":
			http.Error(w, "in use", http.StatusConflict)
		case "/v3/500":
			http.Error(w, "The server has either erred or is incapable.", http.StatusInternalServerError)
		case "/v3/malformed":
			_, _ = io.WriteString(w, `{"project": `)
		case "/v3/short":
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, `{"project": `)
		case "/v3/abort":
			panic(http.ErrAbortHandler)
		case "/v3/loop":
			http.Redirect(w, r, "/v3/loop", http.StatusFound)
		case "/v3/lost":
			w.WriteHeader(http.StatusFound)
		case "/v3/slow":
			if _, err := io.Copy(io.Discard, r.Body); err == nil {
				select {
				case arrived <- struct{}{}:
					<-r.Context().Done()
				case <-time.After(limit):
				}
			}
		case "/v3/upload":
			w.WriteHeader(http.StatusRequestEntityTooLarge)
		}
	}))
	server.Config.SetKeepAlivesEnabled(false)
	t.Cleanup(server.Close)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	var into map[string]any
	for name, c := range map[string]struct {
		url     string
		options gophercloud.RequestOpts
		context func(context.Context) (context.Context, context.CancelFunc)
		base    http.RoundTripper
	}{
		"not found":          {url: "/v3/404"},
		"conflict":           {url: "/v3/409"},
		"server error":       {url: "/v3/500"},
		"malformed JSON":     {url: "/v3/malformed", options: gophercloud.RequestOpts{JSONResponse: &into}},
		"short answer":       {url: "/v3/short", options: gophercloud.RequestOpts{JSONResponse: &into}},
		"broken connection":  {url: "/v3/abort"},
		"redirect loop":      {url: "/v3/loop"},
		"redirect nowhere":   {url: "/v3/lost"},
		"body that can't be": {url: "/v3/upload", options: gophercloud.RequestOpts{JSONBody: func() {}}},
		"body that breaks":   {url: "/v3/slow", options: gophercloud.RequestOpts{RawBody: io.MultiReader(bytes.NewReader([]byte("a")), broken{failure})}},
		"connection refused": {url: nobody},
		"no such scheme":     {url: "ftp://cloud.example/"},
		"no host":            {url: "http:///v3"},
		"no URL":             {url: "http://[::1"},
		"no header":          {url: "/v3/404", options: gophercloud.RequestOpts{MoreHeaders: map[string]string{"bad\nname": "1"}}},
		"cancelled": {url: "/v3/slow", context: func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			return ctx, cancel
		}},
		"cancelled, why": {url: "/v3/slow", context: func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancelCause(ctx)
			cancel(failure)
			return ctx, func() {}
		}},
		"deadline": {url: "/v3/slow", context: func(ctx context.Context) (context.Context, context.CancelFunc) {
			c := deadline{ctx, make(chan struct{})}
			go func() {
				select {
				case <-arrived:
				case <-time.After(limit):
				}
				close(c.passed)
			}()
			return c, func() {}
		}},
		"deadline, passed before": {url: "/v3/slow", context: func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithDeadline(ctx, time.Unix(0, 0))
		}},
		"own RoundTripper": {url: "/v3/404", base: roundTripper(func(*http.Request) (*http.Response, error) { return nil, failure })},
		"own URL error":    {url: "/v3/404?temp_url_sig=da39a3ee", base: outgoing(server.URL + "/v3/lost?temp_url_sig=da39a3ee")},
		"response and error": {url: "/v3/404", base: roundTripper(func(r *http.Request) (*http.Response, error) {
			return &http.Response{Request: r, Body: http.NoBody}, failure
		})},
	} {
		t.Run(name, func(t *testing.T) {
			attempt := func(instrument bool) (*http.Response, error) {
				p := newProgram(t)
				provider := p.provider(t, server.URL+"/v3")
				provider.SetToken("token")
				if c.base != nil {
					provider.HTTPClient.Transport = c.base
				}
				if instrument {
					Instrument(provider, p.options()...)
				}
				ctx := t.Context()
				if c.context != nil {
					var cancel context.CancelFunc
					ctx, cancel = c.context(ctx)
					defer cancel()
				}
				url := c.url
				if url[0] == '/' {
					url = server.URL + url
				}
				options := c.options
				return provider.Request(ctx, http.MethodGet, url, &options)
			}
			withoutResp, without := attempt(false)
			withResp, with := attempt(true)
			if without == nil {
				t.Fatal("no error")
			}
			if got, want := chain(with), chain(without); got != want {
				t.Errorf("without:\n%s\nwith:\n%s", want, got)
			}
			if errors.Is(with, failure) != errors.Is(without, failure) {
				t.Error("the program's error is not the same")
			}
			if (withResp == nil) != (withoutResp == nil) || withResp != nil && withResp.StatusCode != withoutResp.StatusCode {
				t.Errorf("responses %v and %v", withoutResp, withResp)
			}
		})
	}
}

var port = regexp.MustCompile(`127\.0\.0\.1:\d+->`) // the client's port, which differs each time

// chain describes an error and the errors that it wraps.
func chain(err error) string {
	var text strings.Builder
	for ; err != nil; err = errors.Unwrap(err) {
		fmt.Fprintf(&text, "%T %s\n", err, port.ReplaceAllString(err.Error(), ""))
		if answered, ok := err.(gophercloud.ErrUnexpectedResponseCode); ok { //nolint:errorlint // one link of the chain
			answered.ResponseHeader.Del("Date")
			fmt.Fprintf(&text, "%+v\n", reflect.ValueOf(answered))
		}
	}
	return text.String()
}

// deadline is a context whose deadline passes when the test closes a channel. So it
// passes while the request is answered, however busy the machine is.
type deadline struct {
	context.Context
	passed chan struct{}
}

func (deadline) Deadline() (time.Time, bool) { return time.Now().Add(limit), true }

func (d deadline) Done() <-chan struct{} { return d.passed }

func (d deadline) Err() error {
	select {
	case <-d.passed:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

// outgoing returns a RoundTripper that makes its request with another
// http.Client, whose errors name the URL.
func outgoing(url string) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		transport := &http.Transport{DisableKeepAlives: true}
		r, err := http.NewRequestWithContext(r.Context(), r.Method, url, nil)
		if err != nil {
			return nil, err
		}
		return (&http.Client{Transport: transport}).Do(r)
	})
}
