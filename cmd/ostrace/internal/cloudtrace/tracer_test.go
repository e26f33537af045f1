// SPDX-License-Identifier: Apache-2.0

package cloudtrace

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/tokens"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/internal/httpheader"
	"github.com/ostrace/ostrace/internal/simcloud"
	"github.com/ostrace/ostrace/propagation"
)

func newKey(t *testing.T, secret string, digests ...hmac.Digest) hmac.Key {
	t.Helper()
	key, err := hmac.NewKey(secret, digests...)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// run is a command whose requests are traced.
type run struct {
	*Tracer
	root  trace.Span
	spans *tracetest.SpanRecorder
}

func newRun(t *testing.T, key hmac.Key, identityEndpoint string) *run {
	t.Helper()
	spans := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans), sdktrace.WithSampler(sdktrace.AlwaysSample()))
	ctx, root := provider.Tracer("test").Start(context.Background(), "command")
	if !key.IsZero() {
		ctx = propagation.ContextWithProfiler(ctx, propagation.Profiler{Key: key})
	}
	tracer, err := New(ctx, provider, identityEndpoint)
	if err != nil {
		t.Fatal(err)
	}
	return &run{tracer, root, spans}
}

func (r *run) only(t *testing.T) sdktrace.ReadOnlySpan {
	t.Helper()
	ended := r.spans.Ended()
	if len(ended) != 1 {
		t.Fatalf("%d spans", len(ended))
	}
	return ended[0]
}

func send(t *testing.T, transport http.RoundTripper, method, rawURL string, header http.Header) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, rawURL, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(request.Header, header)
	response, err := transport.RoundTrip(request)
	if err != nil {
		return
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
}

func attributeOf(span sdktrace.ReadOnlySpan, key string) attribute.Value {
	for _, kv := range span.Attributes() {
		if string(kv.Key) == key {
			return kv.Value
		}
	}
	return attribute.Value{}
}

// The spans are the same as those of a program with the package gophercloudtrace,
// and each service gets the ids of its request's span.
func TestProgram(t *testing.T) {
	key := newKey(t, "SECRET_KEY")
	cloud, err := simcloud.Start(simcloud.WithHMACKeys(key))
	if err != nil {
		t.Fatal(err)
	}
	r := newRun(t, key, cloud.AuthURL())
	program, err := openstack.NewClient(cloud.AuthURL())
	if err != nil {
		t.Fatal(err)
	}
	program.HTTPClient.Transport = r.RoundTripper(http.DefaultTransport)
	if nova := parse(t, cloud.Endpoint("compute")); r.Cloud(nova) || r.CatalogKnown() {
		t.Error("the catalog is known before it was seen")
	}
	if err := openstack.Authenticate(t.Context(), program, cloud.AuthOptions()); err != nil {
		t.Fatal(err)
	}
	if nova := parse(t, cloud.Endpoint("compute")); !r.Cloud(nova) || !r.CatalogKnown() {
		t.Error("the catalog is not known")
	}
	compute, err := openstack.NewComputeV2(program, gophercloud.EndpointOpts{})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = servers.Get(t.Context(), compute, "5c3f0f9e-8a55-4a0e-9f0e-0f8a3c1d2e4b").Extract()
	if err := cloud.Close(); err != nil {
		t.Fatal(err)
	}
	spans := map[string]sdktrace.ReadOnlySpan{}
	byID := map[string]bool{}
	for _, span := range r.spans.Ended() {
		spans[span.Name()] = span
		byID[span.SpanContext().SpanID().String()] = true
		if span.Parent().SpanID() != r.root.SpanContext().SpanID() {
			t.Errorf("%s is not below the command", span.Name())
		}
	}
	for _, request := range cloud.Requests() {
		if request.Caller != "" {
			continue
		}
		parent, _ := propagation.SpanID(request.Trace.ParentID)
		if !request.Signed || !byID[parent.String()] || request.Trace.BaseID != propagation.BaseID(r.root.SpanContext().TraceID()) {
			t.Errorf("%s %s: signed %t, %+v", request.Method, request.Path, request.Signed, request.Trace)
		}
		if request.GlobalID != "req-"+request.Trace.BaseID {
			t.Errorf("%s %s: global request id %q", request.Method, request.Path, request.GlobalID)
		}
	}
	got := spans["GET /v2.1/servers/{id}"]
	if got == nil {
		t.Fatalf("spans %v", slices.Collect(maps.Keys(spans)))
	}
	for name, want := range map[string]string{"openstack.service.type": "compute", "url.template": "/v2.1/servers/{id}"} {
		if value := attributeOf(got, name).AsString(); value != want {
			t.Errorf("%s is %q", name, value)
		}
	}
	for _, name := range []string{"openstack.region", "openstack.request_id"} {
		if attributeOf(got, name).AsString() == "" {
			t.Errorf("there is no %s", name)
		}
	}
}

func parse(t *testing.T, rawURL string) *url.URL {
	t.Helper()
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

const (
	theirTrace = "0af7651916cd43dd8448eb211c80319c"
	theirSpan  = "b7ad6b7169203331"
)

func signed(key hmac.Key, baseID, parentID string) http.Header {
	info, mac := key.SignedPack(hmac.TraceInfo{BaseID: baseID, ParentID: parentID})
	return http.Header{httpheader.TraceInfo: {info}, httpheader.TraceHMAC: {mac}}
}

func both(headers ...http.Header) http.Header {
	all := http.Header{}
	for _, header := range headers {
		maps.Copy(all, header)
	}
	return all
}

// The headers of a request that came in decide the parent of its span, and the
// headers that are sent.
func TestIncoming(t *testing.T) {
	ours, theirs := newKey(t, "OURS"), newKey(t, "THEIRS")
	baseID, parentID := "0af76519-16cd-43dd-8448-eb211c80319c", "0af76519-16cd-43dd-b7ad-6b7169203331"
	traceparent := http.Header{"Traceparent": {"00-" + theirTrace + "-" + theirSpan + "-01"}, "Tracestate": {"vendor=1"}}
	unsampled := http.Header{"Traceparent": {"00-" + theirTrace + "-" + theirSpan + "-00"}}
	const elsewhere = "11111111-1111-1111-1111-111111111111"
	for name, test := range map[string]struct {
		key         hmac.Key
		header      http.Header
		theirs      bool   // the span is in the trace that came in
		parent      string // the span's parent; empty for the command's span
		untouched   bool
		digest      int // the hex digits of the signature, 0 for none
		tracestate  string
		links       int
		fromCommand bool // the command's span has a link
	}{
		"nothing":                         {key: ours, digest: 40},
		"nothing, and no key":             {},
		"traceparent":                     {key: ours, header: traceparent, theirs: true, parent: theirSpan, digest: 40, tracestate: "vendor=1", fromCommand: true},
		"traceparent, and no key":         {header: traceparent, theirs: true, parent: theirSpan, tracestate: "vendor=1", fromCommand: true},
		"traceparent that is not sampled": {key: ours, header: unsampled, theirs: true, parent: theirSpan, digest: 40, fromCommand: true},
		"no traceparent":                  {key: ours, header: http.Header{"Traceparent": {"nonsense"}, "Tracestate": {"vendor=1"}}, digest: 40},
		"signed":                          {key: ours, header: signed(ours, baseID, parentID), theirs: true, parent: theirSpan, digest: 40, fromCommand: true},
		"signed in SHA-256":               {key: ours, header: signed(newKey(t, "OURS", hmac.SHA256), baseID, parentID), theirs: true, parent: theirSpan, digest: 64, fromCommand: true},
		"a signed root":                   {key: ours, header: signed(ours, baseID, baseID), theirs: true, parent: "0000000000000000", digest: 40, fromCommand: true},
		"signed and traceparent":          {key: ours, header: both(signed(ours, baseID, parentID), traceparent), theirs: true, parent: theirSpan, digest: 40, tracestate: "vendor=1", fromCommand: true},
		"signed, and another traceparent": {key: ours, header: both(signed(ours, baseID, parentID), http.Header{"Traceparent": {"00-" + strings.Repeat("1", 32) + "-" + theirSpan + "-01"}, "Tracestate": {"vendor=1"}}),
			theirs: true, parent: theirSpan, digest: 40, links: 1, fromCommand: true},
		"signed with another key":                  {key: ours, header: signed(theirs, baseID, parentID), untouched: true},
		"signed with another key, and traceparent": {key: ours, header: both(signed(theirs, baseID, parentID), traceparent), untouched: true},
		"signed, and no key":                       {header: signed(theirs, baseID, parentID), untouched: true},
		"half signed":                              {key: ours, header: http.Header{httpheader.TraceHMAC: {"abc"}}, untouched: true},
		"signed ids that are none":                 {key: ours, header: signed(ours, "not a UUID", "not a UUID"), untouched: true},
	} {
		t.Run(name, func(t *testing.T) {
			var got http.Header
			server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Header }))
			defer server.Close()
			r := newRun(t, test.key, server.URL)
			header := test.header.Clone()
			if header == nil {
				header = http.Header{}
			}
			header.Set("X-Openstack-Request-Id", "req-"+elsewhere)
			send(t, r.RoundTripper(http.DefaultTransport), http.MethodGet, server.URL+"/v3", header)
			span := r.only(t)
			traceID, parent := r.root.SpanContext().TraceID().String(), r.root.SpanContext().SpanID().String()
			if test.theirs {
				traceID, parent = theirTrace, test.parent
			}
			if span.SpanContext().TraceID().String() != traceID || span.Parent().SpanID().String() != parent {
				t.Errorf("the span is in the trace %s, below %s", span.SpanContext().TraceID(), span.Parent().SpanID())
			}
			if len(span.Links()) != test.links {
				t.Errorf("the span has the links %v", span.Links())
			}
			r.root.End()
			command := r.spans.Ended()[1]
			if linked := len(command.Links()) == 1 && command.Links()[0].SpanContext.TraceID().String() == theirTrace; linked != test.fromCommand {
				t.Errorf("the command has the links %v", command.Links())
			}
			if got.Get("X-Openstack-Request-Id") != "req-"+elsewhere {
				t.Errorf("the request id is %q", got.Get("X-Openstack-Request-Id"))
			}
			if test.untouched {
				for _, name := range traceHeaders {
					if !slices.Equal(got[name], test.header[name]) {
						t.Errorf("%s came in as %q and went out as %q", name, test.header[name], got[name])
					}
				}
				return
			}
			want := "00-" + traceID + "-" + span.SpanContext().SpanID().String() + "-01"
			if got.Get("Traceparent") != want || got.Get("Tracestate") != test.tracestate {
				t.Errorf("sent traceparent %q, want %q, and tracestate %q", got.Get("Traceparent"), want, got.Get("Tracestate"))
			}
			if len(got.Get(httpheader.TraceHMAC)) != test.digest {
				t.Errorf("sent the signature %q", got.Get(httpheader.TraceHMAC))
			}
			if test.digest == 0 {
				return
			}
			info, _, err := hmac.NewKeyRing(test.key).Keys().SignedUnpack(got.Get(httpheader.TraceInfo), got.Get(httpheader.TraceHMAC))
			if err != nil {
				t.Fatal(err)
			}
			if spanID, _ := propagation.SpanID(info.ParentID); spanID != span.SpanContext().SpanID() {
				t.Errorf("signed %+v", info)
			}
		})
	}
}

// A trace of many requests is linked once. The traces are listed in the order of
// their first requests.
func TestOthers(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	r := newRun(t, hmac.Key{}, server.URL)
	transport := r.RoundTripper(http.DefaultTransport)
	for _, first := range []string{"3", "1", "3", "2", "1"} {
		send(t, transport, http.MethodGet, server.URL, http.Header{"Traceparent": {"00-" + strings.Repeat(first, 32) + "-" + theirSpan + "-01"}})
	}
	var got []string
	for _, id := range r.Others() {
		got = append(got, id.String()[:1])
	}
	if strings.Join(got, "") != "312" {
		t.Errorf("got %v", got)
	}
}

func TestRetries(t *testing.T) {
	type step struct {
		method, path, token string
		status              int // 0 for no answer
		count               int64
	}
	for name, steps := range map[string][]step{
		"until it works":          {{"GET", "/a", "", 503, 0}, {"GET", "/a", "", 429, 1}, {"GET", "/a", "", 0, 2}, {"GET", "/a", "", 200, 3}, {"GET", "/a", "", 200, 0}},
		"a poll":                  {{"GET", "/a", "", 200, 0}, {"GET", "/a", "", 200, 0}, {"GET", "/a", "", 404, 0}, {"GET", "/a", "", 404, 0}},
		"another path":            {{"GET", "/a", "", 503, 0}, {"GET", "/b", "", 200, 0}, {"GET", "/a?x=1", "", 200, 0}, {"POST", "/a", "", 200, 0}},
		"a renewed token":         {{"GET", "/a", "old", 401, 0}, {"GET", "/a", "new", 200, 1}},
		"the same token":          {{"GET", "/a", "old", 401, 0}, {"GET", "/a", "old", 200, 0}},
		"a wrong password, twice": {{"POST", "/v3/auth/tokens", "", 401, 0}, {"POST", "/v3/auth/tokens", "", 401, 0}},
		"two at a time":           {{"GET", "/a", "", 503, 0}, {"GET", "/a", "", 500, 1}, {"GET", "/a", "", 200, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			var status atomic.Int64
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if status.Load() == 0 {
					panic(http.ErrAbortHandler)
				}
				w.WriteHeader(int(status.Load()))
			}))
			defer server.Close()
			r := newRun(t, hmac.Key{}, server.URL)
			transport := r.RoundTripper(&http.Transport{DisableKeepAlives: true})
			for i, s := range steps {
				status.Store(int64(s.status))
				header := http.Header{}
				if s.token != "" {
					header.Set("X-Auth-Token", s.token)
				}
				send(t, transport, s.method, server.URL+s.path, header)
				if got := attributeOf(r.spans.Ended()[i], "http.request.resend_count").AsInt64(); got != s.count {
					t.Errorf("step %d: sent %d times before, want %d", i+1, got, s.count)
				}
			}
		})
	}
}

func TestRetriesAreBounded(t *testing.T) {
	r := newRetries()
	for i := range 3 * maxFailed {
		request, _ := http.NewRequest(http.MethodGet, fmt.Sprintf("http://cloud.example/%d", i), http.NoBody)
		r.after(request, 0, nil)
	}
	if len(r.failed) > maxFailed || r.number != len(r.failed) {
		t.Errorf("%d are remembered, and counted as %d", len(r.failed), r.number)
	}
	request, _ := http.NewRequest(http.MethodGet, "http://cloud.example/last", http.NoBody)
	r.failed[attempt{request.Method, request.URL.String()}] = []failure{{at: time.Now().Add(-retryWindow - time.Second)}}
	r.number++
	if count := r.before(request); count != 0 {
		t.Errorf("sent %d times before, long ago", count)
	}
}

const oneService = `[{"type": "compute", "endpoints": [{"interface": "public", "region_id": "R", "url": "https://nova.example:8774/v2.1"}]}]`

// The catalog is known before the program has the last byte of it.
func TestCatalog(t *testing.T) {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = io.WriteString(z, `{"token": {"catalog": `+oneService+`}}`)
	_ = z.Close()
	for name, test := range map[string]struct {
		method, path string
		status       int
		encoding     string
		body         string
		known        bool
	}{
		"a token":                     {"POST", "/v3/auth/tokens", 201, "", `{"token": {"catalog": ` + oneService + `}}`, true},
		"behind a path":               {"POST", "/identity/v3/auth/tokens", 201, "", `{"token": {"catalog": ` + oneService + `}}`, true},
		"a token that is looked at":   {"GET", "/v3/auth/tokens", 200, "", `{"token": {"catalog": ` + oneService + `}}`, true},
		"the catalog":                 {"GET", "/v3/auth/catalog", 200, "", `{"catalog": ` + oneService + `}`, true},
		"in gzip":                     {"POST", "/v3/auth/tokens", 201, "gzip", zipped.String(), true},
		"in gzip that is none":        {"POST", "/v3/auth/tokens", 201, "gzip", "no gzip", false},
		"in an unknown encoding":      {"POST", "/v3/auth/tokens", 201, "br", "\x00", false},
		"no catalog":                  {"POST", "/v3/auth/tokens", 201, "", `{"token": {}}`, false},
		"no JSON":                     {"POST", "/v3/auth/tokens", 201, "", `<html>`, false},
		"refused":                     {"POST", "/v3/auth/tokens", 401, "", `{"token": {"catalog": ` + oneService + `}}`, false},
		"an object of a stranger's":   {"GET", "/swift/v1/AUTH_a/b/v3/auth/catalog", 200, "", `{"catalog": ` + oneService + `}`, false},
		"of another path":             {"GET", "/v3/projects", 200, "", `{"catalog": ` + oneService + `}`, false},
		"deleted":                     {"DELETE", "/v3/auth/tokens", 200, "", `{"catalog": ` + oneService + `}`, false},
		"endpoints that are none":     {"GET", "/v3/auth/catalog", 200, "", `{"catalog": [{"type": "x", "endpoints": [{"url": "::"}, {"url": ""}, {"url": "ftp://nova.example"}]}]}`, false},
		"longer than any":             {"GET", "/v3/auth/catalog", 200, "", `{"catalog": ` + oneService + strings.Repeat(" ", maxCatalogBytes) + `}`, false},
		"an entry that is not object": {"GET", "/v3/auth/catalog", 200, "", `{"catalog": 5}`, false},
	} {
		for _, chunked := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/chunked=%t", name, chunked), func(t *testing.T) {
				server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					if test.encoding != "" {
						w.Header().Set("Content-Encoding", test.encoding)
					}
					if !chunked {
						w.Header().Set("Content-Length", strconv.Itoa(len(test.body)))
					}
					w.WriteHeader(test.status)
					_ = http.NewResponseController(w).Flush()
					_, _ = io.WriteString(w, test.body)
				}))
				defer server.Close()
				r := newRun(t, hmac.Key{}, server.URL)
				nova := parse(t, "https://nova.example:8774/v2.1/servers")
				request, _ := http.NewRequestWithContext(t.Context(), test.method, server.URL+test.path, http.NoBody)
				response, err := r.RoundTripper(&http.Transport{DisableCompression: true}).RoundTrip(request)
				if err != nil {
					t.Fatal(err)
				}
				defer response.Body.Close()
				var got []byte
				buffer := make([]byte, 4096)
				for {
					n, err := response.Body.Read(buffer)
					got = append(got, buffer[:n]...)
					if !chunked && len(got) == len(test.body) && r.Cloud(nova) != test.known {
						t.Errorf("the program has all, and known is %t", r.Cloud(nova))
					}
					if err != nil {
						break
					}
				}
				if string(got) != test.body {
					t.Errorf("the program got %d bytes of %d", len(got), len(test.body))
				}
				if r.Cloud(nova) != test.known {
					t.Errorf("known is %t", r.Cloud(nova))
				}
			})
		}
	}
}

// This holds too for a body whose end shows only at the next read, as in HTTP/2.
func TestCatalogReader(t *testing.T) {
	const text = "the whole"
	var got string
	r := &reader{ReadCloser: io.NopCloser(strings.NewReader(text)), length: int64(len(text)), whole: func(body []byte) { got = string(body) }}
	if n, err := r.Read(make([]byte, 100)); n != len(text) || err != nil || got != text {
		t.Errorf("read %d bytes, %v, and have %q", n, err, got)
	}
}

// Only the identity service can name endpoints of the cloud.
func TestCatalogOfAnotherHost(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"catalog": `+oneService+`}`)
	})
	identity, other := httptest.NewServer(handler), httptest.NewServer(handler)
	defer identity.Close()
	defer other.Close()
	r := newRun(t, hmac.Key{}, identity.URL)
	transport := r.RoundTripper(http.DefaultTransport)
	send(t, transport, http.MethodGet, other.URL+"/v3/auth/catalog", nil)
	if r.CatalogKnown() {
		t.Error("another host's catalog is known")
	}
	send(t, transport, http.MethodGet, identity.URL+"/v3/auth/catalog", nil)
	if !r.CatalogKnown() {
		t.Error("the catalog is not known")
	}
}

// If the identity service shares its host with other services, only answers at its
// own path are read, because a stranger's object can have any content and any name.
func TestCatalogBehindAPath(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"catalog": `+oneService+`}`)
	}))
	defer server.Close()
	for _, test := range []struct {
		endpoint string
		posted   string // an earlier POST
		path     string
		known    bool
	}{
		{endpoint: "/identity/v3", path: "/identity/v3/auth/catalog", known: true},
		{endpoint: "/identity/v3/", path: "/identity/v3/auth/tokens", known: true},
		{endpoint: "/identity", path: "/identity/v3/auth/catalog", known: true},
		{endpoint: "/identity/v2.0", path: "/identity/v3/auth/catalog", known: true},
		{endpoint: "/identity/v3", path: "/v3/auth/catalog"},
		{endpoint: "/identity/v3", path: "/swift/v1/AUTH_a/b/identity/v3/auth/catalog"},
		{endpoint: "", path: "/identity/v3/auth/catalog"},
		{endpoint: "", posted: "/identity/v3/auth/tokens", path: "/identity/v3/auth/catalog", known: true},
	} {
		r := newRun(t, hmac.Key{}, server.URL+test.endpoint)
		transport := r.RoundTripper(http.DefaultTransport)
		if test.posted != "" {
			send(t, transport, http.MethodPost, server.URL+test.posted, nil)
		}
		before := r.cloud.answers
		r.cloud.known = map[string]bool{} // so that the same catalog is new
		send(t, transport, http.MethodGet, server.URL+test.path, nil)
		if known := r.cloud.answers > before; known != test.known {
			t.Errorf("%+v: %t", test, known)
		}
	}
}

// Several tokens can have different catalogs. The endpoints in all of them belong to
// the cloud.
func TestCatalogs(t *testing.T) {
	body := oneService
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"catalog": `+body+`}`)
	}))
	defer server.Close()
	r := newRun(t, hmac.Key{}, server.URL)
	transport := r.RoundTripper(http.DefaultTransport)
	for _, body = range []string{oneService, strings.ReplaceAll(oneService, "nova", "nova2"), oneService, "[]"} {
		send(t, transport, http.MethodGet, server.URL+"/v3/auth/catalog", nil)
	}
	for _, host := range []string{"nova", "nova2"} {
		if !r.Cloud(parse(t, "https://"+host+".example:8774/")) {
			t.Errorf("%s is not known", host)
		}
	}
	if len(r.cloud.entries) != 2 || r.cloud.answers != 2 {
		t.Errorf("%d entries of %d answers", len(r.cloud.entries), r.cloud.answers)
	}
	for _, rawURL := range []string{"http://nova.example:8774/", "https://nova.example/", "https://nova.example.evil.example:8774/", "nova"} {
		if r.Cloud(parse(t, rawURL)) {
			t.Errorf("%s is the cloud's", rawURL)
		}
	}
}

func TestCatalogsAreBounded(t *testing.T) {
	r := newRun(t, hmac.Key{}, "http://keystone.example")
	for i := range 2 * maxEndpoints {
		url := fmt.Sprintf("https://host-%d.example/v1/%d", i%maxEndpoints, i)
		r.cloud.add([]tokens.CatalogEntry{{Type: "compute", Endpoints: []tokens.Endpoint{{URL: url}}}})
	}
	if len(r.cloud.entries) != maxEndpoints || len(r.cloud.known) != maxEndpoints || len(r.cloud.origins) > maxEndpoints+1 {
		t.Errorf("%d entries, %d endpoints, %d origins", len(r.cloud.entries), len(r.cloud.known), len(r.cloud.origins))
	}
	if !r.Cloud(parse(t, "https://host-0.example")) {
		t.Error("the first endpoint is forgotten")
	}
}

func TestNoIdentityEndpoint(t *testing.T) {
	for _, rawURL := range []string{"", "cloud.example", "ftp://cloud.example", "http://"} {
		if _, err := New(t.Context(), sdktrace.NewTracerProvider(), rawURL); err == nil {
			t.Errorf("%q is one", rawURL)
		}
	}
}
