// SPDX-License-Identifier: Apache-2.0

package simcloud_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/internal/simcloud"
)

const (
	baseID   = "0af76519-16cd-43dd-8448-eb211c80319c"
	parentID = "0af76519-16cd-43dd-b7ad-6b7169203331"
)

// createServer is a whole run of a program that creates a server. After it the
// cloud is closed and every span has ended.
func createServer(t *testing.T, f fixture, key hmac.Key, trace hmac.TraceInfo) []sdktrace.ReadOnlySpan {
	t.Helper()
	p := f.signing(t, key, trace)
	p.await(t, p.create(t, p.choose(t, "m1.nano")).ID, "ACTIVE")
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return f.spans.Ended()
}

func TestSpanIDsAreOSProfilers(t *testing.T) {
	traceID, _ := trace.TraceIDFromHex("0af7651916cd43dd8448eb211c80319c")
	sent, _ := trace.SpanIDFromHex("b7ad6b7169203331")
	for name, c := range map[string]struct {
		parentID string
		top      trace.SpanID
	}{
		"a span of the caller": {parentID, sent},
		"no span":              {baseID, trace.SpanID{}},
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t)
			spans := createServer(t, f, f.key, hmac.TraceInfo{BaseID: baseID, ParentID: c.parentID})
			known := map[trace.SpanID]bool{}
			for _, s := range spans {
				known[s.SpanContext().SpanID()] = true
			}
			if len(known) != len(spans) {
				t.Errorf("%d spans have %d ids", len(spans), len(known))
			}
			top := 0
			for _, s := range spans {
				if s.SpanContext().TraceID() != traceID {
					t.Errorf("%s is in trace %s", s.Name(), s.SpanContext().TraceID())
				}
				switch parent := s.Parent().SpanID(); {
				case parent == c.top:
					top++
				case !known[parent]:
					t.Errorf("%s has the parent %s, which is not there", s.Name(), parent)
				}
			}
			traced := 0
			for _, r := range f.Requests() {
				if r.Caller == "" && strings.Trim(r.Path, "/") != "" {
					traced++
				}
			}
			if top != traced {
				t.Errorf("%d top spans for %d requests", top, traced)
			}
		})
	}
}

func TestSpansLookLikeTheOTLPDrivers(t *testing.T) {
	f := start(t)
	spans := createServer(t, f, f.key, hmac.TraceInfo{BaseID: baseID, ParentID: parentID})
	services, names := map[string]int{}, map[string]int{}
	for _, s := range spans {
		service, _ := s.Resource().Set().Value("service.name")
		if simulated, _ := s.Resource().Set().Value("ostrace.simulated"); !simulated.AsBool() {
			t.Errorf("%s does not say that it is simulated", service.AsString())
		}
		services[service.AsString()]++
		names[s.Name()]++
		attributes := attribute.NewSet(s.Attributes()...)
		var kind trace.SpanKind
		var want []attribute.Key
		switch {
		case strings.HasPrefix(s.Name(), "WSGI_"):
			kind, want = trace.SpanKindServer, []attribute.Key{"http.path", "http.query", "http.method", "http.scheme"}
			method, _ := attributes.Value("http.method")
			path, _ := attributes.Value("http.path")
			if s.Name() != "WSGI_"+method.AsString()+"_"+path.AsString() {
				t.Errorf("%s has method %s and path %s", s.Name(), method.AsString(), path.AsString())
			}
		case strings.HasPrefix(s.Name(), "SQL_"):
			kind, want = trace.SpanKindClient, []attribute.Key{"db.statement", "db.params"}
		case s.Name() == "rpc":
			kind, want = trace.SpanKindInternal, []attribute.Key{"args", "kwargs", "name"}
		default:
			kind, want = trace.SpanKindClient, []attribute.Key{"args", "kwargs", "name"}
		}
		if s.SpanKind() != kind {
			t.Errorf("%s is of kind %s", s.Name(), s.SpanKind())
		}
		if attributes.Len() != len(want) {
			t.Errorf("%s has the attributes %v", s.Name(), s.Attributes())
		}
		for _, key := range want {
			if !attributes.HasValue(key) {
				t.Errorf("%s has no %s", s.Name(), key)
			}
		}
	}
	for _, service := range []string{
		"keystone-public", "glance-api", "neutron-neutron-server", "placement-placement",
		"nova-osapi_compute", "nova-nova-conductor", "nova-nova-scheduler", "nova-nova-compute",
	} {
		if services[service] == 0 {
			t.Errorf("%s emitted nothing", service)
		}
	}
	for _, name := range []string{
		"WSGI_POST_/v3/auth/tokens", "WSGI_GET_/v3/auth/tokens", "WSGI_POST_/v2.1/servers", "WSGI_POST_/v2.0/ports",
		"WSGI_GET_/allocation_candidates", "SQL_SELECT", "SQL_INSERT", "compute_api", "neutron_api", "rpc",
	} {
		if names[name] == 0 {
			t.Errorf("there is no %s", name)
		}
	}
}

func TestCreateTakesAboutAHundredSpans(t *testing.T) {
	f := start(t)
	p := f.signing(t, f.key, hmac.TraceInfo{BaseID: baseID})
	p.create(t, p.choose(t, "m1.nano"))
	if err := f.Close(); err != nil { // lets the build finish
		t.Fatal(err)
	}
	n := len(f.spans.Ended())
	t.Logf("%d spans before the first poll", n)
	if n < 60 || n > 120 {
		t.Errorf("%d spans", n)
	}
}

func TestSpansEndBeforeTheAnswer(t *testing.T) {
	f := start(t)
	f.signing(t, f.key, hmac.TraceInfo{BaseID: baseID}) // asks for a token, and for untraced version documents
	if n := len(f.spans.Ended()); n != 6 {
		t.Errorf("%d spans of a request for a token, which has 6", n)
	}
}

func TestNoSpanWithoutAValidSignature(t *testing.T) {
	for name, key := range map[string]hmac.Key{"unsigned": {}, "wrong key": newKey(t, "WRONG_KEY")} {
		t.Run(name, func(t *testing.T) {
			f := start(t)
			if spans := createServer(t, f, key, hmac.TraceInfo{BaseID: baseID, ParentID: parentID}); len(spans) != 0 {
				t.Errorf("%d spans", len(spans))
			}
			for _, r := range f.Requests() {
				if r.Signed || r.Caller != "" && r.Header.Get(hmac.HeaderInfo) != "" {
					t.Errorf("%s %s is taken for signed", r.Method, r.Path)
				}
			}
		})
	}
}

func TestServicesSignWithTheKeyThatVerified(t *testing.T) {
	f := start(t) // which tries OLD_KEY first
	createServer(t, f, f.key, hmac.TraceInfo{BaseID: baseID, ParentID: parentID})
	inside := 0
	for _, r := range f.Requests() {
		if r.Caller == "" {
			continue
		}
		inside++
		got, _, err := hmac.Keys{f.key}.SignedUnpack(r.Header.Get(hmac.HeaderInfo), r.Header.Get(hmac.HeaderHMAC))
		if err != nil || got.BaseID != baseID || got.ParentID == parentID || got.ParentID == baseID {
			t.Errorf("%s sent %s %s with %v, %v", r.Caller, r.Method, r.Path, got, err)
		}
	}
	if inside == 0 {
		t.Error("no service called another")
	}
}

func TestIDsThatAreNotUUIDs(t *testing.T) {
	f := start(t)
	spans := createServer(t, f, f.key, hmac.TraceInfo{BaseID: "not a UUID", ParentID: "b7ad6b7169203331"})
	traces := map[trace.TraceID]bool{}
	for _, s := range spans {
		if !s.SpanContext().IsValid() {
			t.Errorf("%s has the ids %v", s.Name(), s.SpanContext())
		}
		traces[s.SpanContext().TraceID()] = true
	}
	if len(spans) < 60 || len(traces) != len(spans) {
		t.Errorf("%d spans in %d traces; each is to be in one of its own", len(spans), len(traces))
	}
}

func TestNoValidHostIsWrittenDown(t *testing.T) {
	f := start(t)
	p := f.signing(t, f.key, hmac.TraceInfo{BaseID: baseID})
	p.await(t, p.create(t, p.choose(t, "m1.toobig")).ID, "ERROR")
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for _, s := range f.spans.Ended() {
		if attributes := attribute.NewSet(s.Attributes()...); attributes.HasValue("error") {
			if events := s.Events(); len(events) != 1 || events[0].Name != "log" || events[0].Attributes[0].Value.AsString() != "nova.exception.NoValidHost" {
				t.Errorf("%s has the events %v", s.Name(), events)
			}
			return
		}
	}
	t.Error("no span has an error")
}

func TestGlobalRequestID(t *testing.T) {
	const global = "req-" + baseID
	f := start(t)
	p := f.program(t)
	p.provider.HTTPClient.Transport = header{requestIDHeader, global, p.provider.HTTPClient.Transport}
	p.await(t, p.create(t, p.choose(t, "m1.nano")).ID, "ACTIVE")
	p.provider.HTTPClient.Transport = header{requestIDHeader, "req-unfit", p.provider.HTTPClient.Transport.(header).next}
	p.choose(t, "m1.nano")
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for _, r := range f.Requests() {
		validation := r.Caller != "" && r.Service == "identity"
		sent := r.Header.Get(requestIDHeader)
		switch {
		case validation && sent != "":
			t.Errorf("%s validated a token with the request id %s", r.Caller, sent)
		case !validation && r.Caller != "" && sent != global:
			t.Errorf("%s sent %s %s with the request id %q", r.Caller, r.Method, r.Path, sent)
		case sent == "req-unfit" && r.GlobalID != "":
			t.Errorf("%s %s took over the request id %q", r.Method, r.Path, r.GlobalID)
		case sent == global && r.GlobalID != global:
			t.Errorf("%s %s has the global request id %q", r.Method, r.Path, r.GlobalID)
		case r.Service == "image" && r.GlobalID != "" && r.ID != r.GlobalID, r.Service != "image" && r.ID == r.GlobalID:
			t.Errorf("%s named the request %s %s; its global id is %q", r.Service, r.ID, r.Path, r.GlobalID)
		}
	}
}

const requestIDHeader = "X-Openstack-Request-Id"

// header sets a header of every request.
type header struct {
	name, value string
	next        http.RoundTripper
}

func (h header) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set(h.name, h.value)
	return h.next.RoundTrip(r)
}

func TestWorkTakesTime(t *testing.T) {
	f := start(t, simcloud.WithTimeScale(1))
	spans := createServer(t, f, f.key, hmac.TraceInfo{BaseID: baseID})
	var asked, built sdktrace.ReadOnlySpan
	for _, s := range spans {
		attributes := attribute.NewSet(s.Attributes()...)
		name, _ := attributes.Value("name")
		switch {
		case s.Name() == "WSGI_POST_/v2.1/servers":
			asked = s
		case strings.HasSuffix(name.AsString(), "build_and_run_instance"):
			built = s
		}
	}
	took := built.EndTime().Sub(asked.StartTime())
	t.Logf("from the request to ACTIVE: %v", took)
	if took < 200*time.Millisecond {
		t.Errorf("a server was built in %v", took)
	}
}

// A service with another key ignores the signature, and signs nothing itself.
func TestOneServiceHasAnotherKey(t *testing.T) {
	f := start(t)
	f.SetHMACKeys("image", newKey(t, "OTHER_KEY"))
	p := f.signing(t, f.key, hmac.TraceInfo{BaseID: baseID, ParentID: parentID})
	p.choose(t, "m1.nano") // it asks every service
	for _, r := range f.Requests() {
		if byImage := r.Service == "image" || r.Caller == "glance-api"; r.Signed == byImage {
			t.Errorf("%s %s of %q to %s: signed %t", r.Method, r.Path, r.Caller, r.Service, r.Signed)
		}
	}
}
