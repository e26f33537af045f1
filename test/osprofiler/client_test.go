// SPDX-License-Identifier: Apache-2.0

package osprofiler_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	otelpropagation "go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/otelhttp"
	"github.com/ostrace/ostrace/sdk"
)

const served = "served\n"

// client returns a Go client that uses the library, with spans of the given
// provider.
func client(tracers trace.TracerProvider, keys ...hmac.Key) *http.Client {
	return &http.Client{Transport: otelhttp.NewTransport(nil, otelhttp.WithTracerProvider(tracers),
		otelhttp.WithPropagators(otelpropagation.TraceContext{}), otelhttp.WithHMACKeys(keys...)), Timeout: plainClient.Timeout}
}

// The bridge: base_id is the TraceID as a UUID, and the service's first point
// hangs under the client's span. Signed means sampled, and only that: whatever
// is wrong with the signature, the request is served.
func TestGoClientToPythonService(t *testing.T) {
	for _, digest := range digests {
		t.Run(digest.String(), func(t *testing.T) { testGoClientToPythonService(t, digest) })
	}
}

func testGoClientToPythonService(t *testing.T, digest hmac.Digest) {
	t.Helper()
	service := startService(t, digest, "first,  second key ,größer,SECRET_KEY")
	want, body := get(t, plainClient, service.url+"/a", nil)
	service.untraced(t)
	if body != served {
		t.Fatalf("answered %q", body)
	}
	for _, test := range []struct {
		name, secret string
		opts         []sdktrace.TracerProviderOption
		traced       bool
	}{
		{"the first key", "first", nil, true},
		{"a key with a space", "second key", nil, true},
		{"a key that is not ASCII", "größer", nil, true},
		{"the last key", "SECRET_KEY", nil, true},
		{"64-bit ids", "first", []sdktrace.TracerProviderOption{sdktrace.WithIDGenerator(sdk.IDGenerator64())}, true},
		{"a wrong key", "wrong", nil, false},
		{"another case", "First", nil, false},
		{"no key", "", nil, false},
		{"not sampled", "first", []sdktrace.TracerProviderOption{sdktrace.WithSampler(sdktrace.NeverSample())}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			var keys []hmac.Key
			if test.secret != "" {
				keys = append(keys, mustKey(t, test.secret, digest))
			}
			tracers, spans := newTracers(test.opts...)
			head, body := get(t, client(tracers, keys...), service.url+"/a?b=c", nil)
			if head != want || body != served {
				t.Errorf("answered %s%q, want %s", head, body, want)
			}
			if !test.traced {
				service.untraced(t)
				return
			}
			seen := service.traced(t)
			span := spans.Ended()[0].SpanContext()
			if seen.BaseID != uuid(span.TraceID().String()) {
				t.Errorf("base_id %s, want the trace id %s", seen.BaseID, span.TraceID())
			}
			if got := uuid(span.TraceID().String()[:16] + span.SpanID().String()); seen.ParentID != got {
				t.Errorf("the wsgi point's parent_id %s, want %s", seen.ParentID, got)
			}
			if low(seen.ParentID) != span.SpanID().String() || seen.Key != test.secret {
				t.Errorf("the service saw %+v, the client %s", seen, span.SpanID())
			}
		})
	}
}

// A service that has one digest takes the other for a wrong signature.
func TestOtherDigest(t *testing.T) {
	for _, digest := range digests {
		service := startService(t, digest, "k")
		tracers, _ := newTracers()
		if _, body := get(t, client(tracers, mustKey(t, "k", 1-digest)), service.url, nil); body != served {
			t.Errorf("answered %q", body)
		}
		service.untraced(t)
	}
}

// A span whose id is the last half of its TraceID is OSProfiler's root.
func TestRootOfOSProfiler(t *testing.T) {
	service := startService(t, hmac.SHA1, "k")
	tracers, spans := newTracers(sdktrace.WithIDGenerator(rootIDs{}))
	get(t, client(tracers, mustKey(t, "k")), service.url, nil)
	seen := service.traced(t)
	if want := uuid(spans.Ended()[0].SpanContext().TraceID().String()); seen.BaseID != want || seen.ParentID != want {
		t.Errorf("got %+v, want both ids %s", seen, want)
	}
}

// Requests whose headers Python refuses are served untraced, with the same
// answer.
func TestPythonServiceServesWhatItRefuses(t *testing.T) {
	for _, digest := range digests {
		t.Run(digest.String(), func(t *testing.T) { testPythonServiceServesWhatItRefuses(t, digest) })
	}
}

func testPythonServiceServesWhatItRefuses(t *testing.T, digest hmac.Digest) {
	t.Helper()
	const id = "b74f3410-5463-852d-9c43-4723dde138d8"
	service := startService(t, digest, "k")
	want, _ := get(t, plainClient, service.url, nil)
	service.untraced(t)
	key := mustKey(t, "k", digest)
	info, mac := key.SignedPack(hmac.TraceInfo{BaseID: id, ParentID: id})
	otherInfo, otherMAC := mustKey(t, "other", digest).SignedPack(hmac.TraceInfo{BaseID: id, ParentID: id})
	object := func(json string) [2]string {
		info := base64.URLEncoding.EncodeToString([]byte(json))
		return [2]string{info, sign(digest, "k", info)}
	}
	for name, headers := range map[string][2]string{
		"wrong key":        {otherInfo, otherMAC},
		"no signature":     {info, ""},
		"no info":          {"", mac},
		"upper case":       {info, strings.ToUpper(mac)},
		"cut":              {info, mac[:len(mac)-1]},
		"changed":          {"f" + info[1:], mac},
		"not base64":       {"%%%", sign(digest, "k", "%%%")},
		"not JSON":         object("hello"),
		"a list":           object(`["base_id"]`),
		"no base_id":       object(`{"parent_id": "` + id + `"}`),
		"one member more":  object(`{"base_id": "` + id + `", "sampled": true}`),
		"unfinished":       object(`{"base_id": "` + id + `"`),
		"signed by nobody": {info, "None"},
	} {
		header := http.Header{}
		for i, name := range []string{hmac.HeaderInfo, hmac.HeaderHMAC} {
			if headers[i] != "" {
				header.Set(name, headers[i])
			}
		}
		if head, body := get(t, plainClient, service.url, header); head != want || body != served {
			t.Errorf("%s: answered %s%s", name, head, body)
		}
		service.untraced(t)
		if _, _, err := (hmac.Keys{key}).SignedUnpack(headers[0], headers[1]); err == nil {
			t.Errorf("%s: accepted by the library", name)
		}
	}

	// The library takes a header that is there twice for absent, because a WSGI
	// server makes one value of both.
	for i, name := range []string{hmac.HeaderInfo, hmac.HeaderHMAC} {
		header := http.Header{}
		header.Set(hmac.HeaderInfo, info)
		header.Set(hmac.HeaderHMAC, mac)
		header.Add(name, []string{info, mac}[i])
		if head, _ := get(t, plainClient, service.url, header); head != want {
			t.Errorf("%s twice: answered %s", name, head)
		}
		service.untraced(t)
	}
}

// The Go service and the Python service treat white space around a signature in
// the same way, as it arrives over HTTP. U+00A0 is the byte 0xA0 in Latin-1, in
// which WSGI reads headers. In UTF-8 it is two characters, of which one is
// white space, and the other is left; OSProfiler raises an exception for it.
func TestSpaceAroundSignature(t *testing.T) {
	const id = "b74f3410-5463-852d-9c43-4723dde138d8"
	service := startService(t, hmac.SHA1, "k")
	url, spans := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(served)) }), "k")
	info, mac := mustKey(t, "k").SignedPack(hmac.TraceInfo{BaseID: id, ParentID: id})
	for around, want := range map[string]bool{
		"": true, " ": true, "\t": true, "\xa0": true, "\x85": true, "\xa0 \x85": true,
		"\u00a0": false, "\u0085": false, "\u2003": false, "\xad": false, "\xe9": false, ",": false,
	} {
		for name, value := range map[string]string{"before": around + mac, "after": mac + around, "both": around + mac + around} {
			header := http.Header{hmac.HeaderInfo: {info}, "X-Trace-Hmac": {value}}
			spans.Reset()
			if _, body := get(t, plainClient, url, header); body != served {
				t.Errorf("%q %s: the Go service answered %q", around, name, body)
			}
			_, _ = get(t, plainClient, service.url, header) // fails if OSProfiler raises an exception
			_, points := service.report(t)
			if inGo, inPython := len(spans.Ended()) == 1, len(points) > 0; inGo != want || inPython != want {
				t.Errorf("%q %s: traced in Go %v, in Python %v; want %v", around, name, inGo, inPython, want)
			}
		}
	}
}
