// SPDX-License-Identifier: Apache-2.0

package faults_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	otelpropagation "go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/ostrace/ostrace/gophercloudtrace"
	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/otelhttp"
)

// limit is the limit of every wait in real time. A synctest bubble limits the
// waits in its own time.
const limit = 20 * time.Second

// identity is the cloud's identity service, unless a test has another one.
const identity = "http://cloud.example/v3"

var w3c = otelpropagation.NewCompositeTextMapPropagator(otelpropagation.TraceContext{}, otelpropagation.Baggage{})

// request is a program's request, and the way in which the program makes it.
type request struct {
	method, url, body string
	header            http.Header
	timeout           time.Duration // the http.Client's
	// retry makes gophercloud try three more times, each after a second or
	// after the time in Retry-After.
	retry bool
	// renew renews the token, and returns the error of that.
	renew func(*gophercloud.ProviderClient) error
	// discard closes the answer's body unread.
	discard bool
	// read is called before the response's body is read.
	read func()
}

// outcome is the result of a request as the program sees it. Outcomes are
// compared as text.
type outcome struct {
	Err      string
	Response string
	Took     time.Duration // in a synctest bubble
}

// program sends requests, with the library or without.
type program func(ctx context.Context, base http.RoundTripper, library *library, r request) outcome

var programs = map[string]program{"gophercloudtrace": throughGophercloud, "otelhttp": throughHTTP}

// library is the library as a program uses it. It is nil for a program that
// does not use it.
type library struct {
	cloud  string // the address of the identity service
	key    hmac.Key
	spans  *tracetest.SpanRecorder
	tracer *sdktrace.TracerProvider
}

func newLibrary(tb testing.TB) *library {
	spans := tracetest.NewSpanRecorder()
	return &library{identity, newKey(tb, "SECRET_KEY"), spans, sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))}
}

func (l *library) instrument(provider *gophercloud.ProviderClient) {
	gophercloudtrace.Instrument(provider, gophercloudtrace.WithTracerProvider(l.tracer), gophercloudtrace.WithPropagators(w3c), gophercloudtrace.WithHMACKeys(l.key))
}

func (l *library) transport(base http.RoundTripper) *otelhttp.Transport {
	trusted, err := otelhttp.Endpoints(l.cloud)
	if err != nil {
		panic(err)
	}
	return otelhttp.NewTransport(base, otelhttp.WithTracerProvider(l.tracer), otelhttp.WithPropagators(w3c), otelhttp.WithHMACKeys(l.key),
		otelhttp.WithTrusted(trusted))
}

// ended returns the results in the spans, in the order in which they were
// started. Spans that are still open fail the test.
func (l *library) ended(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, span := range l.spans.Started() {
		all = append(all, spanText(span))
		if span.EndTime().IsZero() {
			t.Errorf("the span %s is still open", spanText(span))
		}
	}
	if len(l.spans.Ended()) != len(all) {
		t.Errorf("%d spans were started, %d have ended", len(all), len(l.spans.Ended()))
	}
	return all
}

// spanText returns the status of the answer, or 0 without an answer, and the
// span's own status and error.type.
func spanText(span sdktrace.ReadOnlySpan) string {
	var status int64
	var errorType string
	for _, kv := range span.Attributes() {
		switch kv.Key {
		case "http.response.status_code":
			status = kv.Value.AsInt64()
		case "error.type":
			errorType = kv.Value.AsString()
		}
	}
	errorType = http2Types.ReplaceAllString(errorType, "http2.$1")
	return strings.TrimSpace(fmt.Sprint(status, " ", span.Status().Code, " ", errorType))
}

// http2Types are the error types of net/http's HTTP/2. They are in another
// package in each release of Go.
var http2Types = regexp.MustCompile(`^.*http2\.?(StreamError|ConnectionError)$`)

func throughGophercloud(ctx context.Context, base http.RoundTripper, library *library, r request) (o outcome) {
	cloud := identity
	if library != nil {
		cloud = library.cloud
	}
	provider, err := openstack.NewClient(cloud)
	if err != nil {
		return outcome{Err: chain(err)}
	}
	provider.HTTPClient.Transport = base
	provider.HTTPClient.Timeout = r.timeout
	provider.UseTokenLock()
	provider.SetToken("token")
	if r.renew != nil {
		provider.ReauthFunc = func(context.Context) error { return r.renew(provider) }
	}
	if r.retry {
		wait := func(ctx context.Context, d time.Duration) error {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(d):
				return nil
			}
		}
		provider.RetryFunc = func(ctx context.Context, _, _ string, _ *gophercloud.RequestOpts, err error, failCount uint) error {
			if failCount > 3 {
				return err
			}
			return wait(ctx, time.Second)
		}
		provider.MaxBackoffRetries = 3
		provider.RetryBackoffFunc = func(ctx context.Context, response *gophercloud.ErrUnexpectedResponseCode, _ error, _ uint) error {
			after, err := time.ParseDuration(response.ResponseHeader.Get("Retry-After") + "s")
			if err != nil {
				after = 2 * time.Second
			}
			return wait(ctx, after)
		}
	}
	if library != nil {
		library.instrument(provider)
	}
	var into any
	options := &gophercloud.RequestOpts{JSONResponse: &into, OkCodes: []int{200}}
	if r.discard || r.read != nil {
		options = &gophercloud.RequestOpts{KeepResponseBody: true, OkCodes: []int{200}}
	}
	if r.body != "" {
		options.RawBody = strings.NewReader(r.body)
	}
	options.MoreHeaders = map[string]string{}
	for name := range r.header {
		options.MoreHeaders[name] = r.header.Get(name)
	}
	started := time.Now()
	defer func() { o.Took = time.Since(started) }()
	resp, err := provider.Request(ctx, r.method, r.url, options)
	o = outcome{Err: r.chain(err), Response: describe(resp)}
	switch {
	case resp == nil || err != nil:
	case options.KeepResponseBody:
		o.Response += readBody(resp, r)
	default:
		o.Response += fmt.Sprintf(" %v", into)
	}
	return o
}

func throughHTTP(ctx context.Context, base http.RoundTripper, library *library, r request) (o outcome) {
	client := &http.Client{Transport: base, Timeout: r.timeout}
	if library != nil {
		client.Transport = library.transport(base)
	}
	var body io.Reader
	if r.body != "" {
		body = strings.NewReader(r.body)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, r.url, body)
	if err != nil {
		return outcome{Err: chain(err)}
	}
	maps.Copy(req.Header, r.header)
	started := time.Now()
	defer func() { o.Took = time.Since(started) }()
	resp, err := client.Do(req)
	o = outcome{Err: r.chain(err), Response: describe(resp)}
	if err == nil {
		o.Response += readBody(resp, r)
	}
	return o
}

// chain describes an error of the request. The error of an http.Client's
// Timeout can have several texts, because two timers of net/http expire at the
// same moment.
func (r request) chain(err error) string {
	var timeout interface{ Timeout() bool }
	if r.timeout > 0 && errors.As(err, &timeout) && timeout.Timeout() {
		return "timeout"
	}
	return chain(err)
}

// readBody reads the body in the way of the request, and returns its text.
func readBody(resp *http.Response, r request) string {
	if r.read != nil {
		r.read()
	}
	if r.discard {
		return " closed: " + chain(resp.Body.Close())
	}
	body, err := io.ReadAll(resp.Body)
	return fmt.Sprintf(" %q %s closed: %s", body, r.chain(err), chain(resp.Body.Close()))
}

func describe(resp *http.Response) string {
	if resp == nil {
		return "none"
	}
	var header []string
	for name, values := range resp.Header {
		header = append(header, fmt.Sprintf("%s: %q", name, values))
	}
	slices.Sort(header)
	text := fmt.Sprint(resp.Proto, " ", resp.Status, " ", resp.ContentLength, resp.TransferEncoding, resp.Uncompressed, resp.Trailer, " ", strings.Join(header, "; "))
	if len(text) > 1<<12 {
		text = fmt.Sprint(text[:1<<12], "… ", len(text))
	}
	return text
}

// ports matches the client's ports, which differ each time.
var ports = regexp.MustCompile(`127\.0\.0\.1:\d+->`)

// chain describes an error and all errors that it wraps.
func chain(err error) string {
	if err == nil {
		return "no error"
	}
	var text strings.Builder
	var walk func(err error, depth int)
	walk = func(err error, depth int) {
		fmt.Fprintf(&text, "\n%s%T %s", strings.Repeat("  ", depth), err, ports.ReplaceAllString(err.Error(), ""))
		switch e := err.(type) { //nolint:errorlint // one link of the chain
		case gophercloud.ErrUnexpectedResponseCode:
			fmt.Fprintf(&text, "%+v", reflect.ValueOf(e))
		case *gophercloud.ErrErrorAfterReauthentication: // these do not unwrap
			walk(e.ErrOriginal, depth+1)
		case *gophercloud.ErrUnableToReauthenticate:
			walk(e.ErrOriginal, depth+1)
			walk(e.ErrReauth, depth+1)
		case interface{ Timeout() bool }:
			fmt.Fprintf(&text, " timeout: %v", e.Timeout())
		}
		if inner := errors.Unwrap(err); inner != nil {
			walk(inner, depth+1)
		}
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			for _, inner := range joined.Unwrap() {
				walk(inner, depth+1)
			}
		}
	}
	walk(err, 0)
	return text.String()
}

// compare makes a program send the same request without the library and with
// it, and expects the same outcome and the same requests to arrive. want has
// the results in the spans.
func compare(t *testing.T, name string, n *network, base func() http.RoundTripper, r *request, ctx func(context.Context) (context.Context, context.CancelFunc), want []string) *library {
	t.Helper()
	withLibrary := newLibrary(t)
	if n.cloud != "" {
		withLibrary.cloud = n.cloud
	}
	attempt := func(l *library) (outcome, []seen) {
		ctx, cancel := ctx(t.Context())
		defer cancel()
		o := programs[name](ctx, base(), l, *r)
		return o, n.arrived()
	}
	without, arrivedWithout := attempt(nil)
	with, arrivedWith := attempt(withLibrary)
	if n.hosts == nil { // the time is real
		without.Took, with.Took = 0, 0
	}
	if without != with {
		t.Errorf("without the library:\n%+v\nwith:\n%+v", without, with)
	}
	if fmt.Sprint(arrivedWithout) != fmt.Sprint(arrivedWith) {
		t.Errorf("without the library arrived:\n%v\nwith:\n%v", arrivedWithout, arrivedWith)
	}
	got := withLibrary.ended(t)
	if r.timeout > 0 {
		for i := range got {
			got[i] = strings.Join(strings.Fields(got[i])[:2], " ")
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the spans say %q, want %q; the program saw\n%+v", got, want, with)
	}
	for _, s := range arrivedWith {
		if _, signed := s.signed(withLibrary.key); signed != (strings.EqualFold(s.host, "cloud.example:80") || s.host == "cloud.example:443") {
			t.Errorf("only to the cloud: %s is signed: %v", s, signed)
		}
	}
	return withLibrary
}

func background(ctx context.Context) (context.Context, context.CancelFunc) {
	return ctx, func() {}
}
