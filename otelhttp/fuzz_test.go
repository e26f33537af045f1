// SPDX-License-Identifier: Apache-2.0

package otelhttp

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/propagation"
	"github.com/ostrace/ostrace/sdk"
)

// First, do no harm: whatever the headers hold, the request is served, and it
// is recorded only with a signature.
func FuzzHandler(f *testing.F) {
	key := mustKey(f, "k")
	info, mac := key.SignedPack(hmac.TraceInfo{BaseID: testBase, ParentID: testParent})
	f.Add(info, mac, "00-"+otherTrace+"-"+otherSpan+"-01", "vendor=1", "a=b", globalID)
	f.Add(info, "0"+mac[1:], "", "", "", "")
	f.Add("", "", "ff-zz", "=", ";", "req-")
	provider, spans := recorder(sdktrace.WithSampler(sdk.SignedSampler(sdktrace.NeverSample())))
	handler := NewHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		LogAttrs(r.Context())
		w.WriteHeader(http.StatusNoContent)
	}), "fuzz", WithTracerProvider(provider), WithPropagators(propagation.New()), WithHMACKeys(key))
	f.Fuzz(func(t *testing.T, info, mac, traceparent, tracestate, baggage, requestID string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.Header = http.Header{
			"X-Trace-Info": {info}, "X-Trace-Hmac": {mac}, "Traceparent": {traceparent}, "Tracestate": {tracestate},
			"Baggage": {baggage}, "X-Openstack-Request-Id": {requestID},
		}
		w := httptest.NewRecorder()
		spans.Reset()
		handler.ServeHTTP(w, r)
		if w.Code != http.StatusNoContent || len(w.Header()) != 1 {
			t.Errorf("answered %d %v", w.Code, w.Header())
		}
		_, _, err := hmac.Keys{key}.SignedUnpack(info, mac)
		if recorded := len(spans.Ended()) == 1; recorded != (err == nil) {
			t.Errorf("recorded %v, signed: %v", recorded, err)
		}
	})
}

// Whatever the text is, redacting it again changes nothing, and a token is not
// shown.
func FuzzRedact(f *testing.F) {
	for url := range redactions {
		f.Add(url, "SECRET")
	}
	f.Add(`Get "http://u:p@h/?token=\"`, "%")
	f.Fuzz(func(t *testing.T, text, secret string) {
		for _, form := range []form{inURL, inPath, inText} {
			once := redact(text, form)
			if twice := redact(once, form); twice != once {
				t.Errorf("%q is %q, and then %q", text, once, twice)
			}
		}
		if secret == "" || strings.ContainsAny(secret, "&#/?% \t\n\"") || strings.Contains(redacted, secret) {
			return
		}
		for _, before := range []string{"http://h/?x=y&token=", "http://h/v2.0/tokens/", "/?a=%3Ftoken%3D"} {
			if got := redact(before+secret, inURL); got != before+redacted {
				t.Errorf("%q: %q", before+secret, got)
			}
		}
	})
}
