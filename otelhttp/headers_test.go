// SPDX-License-Identifier: Apache-2.0

package otelhttp

import (
	"context"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"

	otelpropagation "go.opentelemetry.io/otel/propagation"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/propagation"
)

// headers is a HeaderCarrier, whatever the name.
func TestHeaders(t *testing.T) {
	for _, name := range []string{"traceparent", "tracestate", "baggage", "Traceparent", "BAGGAGE", "b3", "x-trace-info", hmac.HeaderInfo, hmac.HeaderHMAC, "not a name"} {
		ours, theirs := otelpropagation.HeaderCarrier{}, otelpropagation.HeaderCarrier{}
		for _, value := range []string{"a", "b"} {
			headers{ours}.Set(name, value)
			theirs.Set(name, value)
			if !reflect.DeepEqual(ours, theirs) || (headers{ours}).Get(name) != value || theirs.Get(name) != value {
				t.Errorf("%s: set %v, want %v", name, ours, theirs)
			}
		}
		http.Header(theirs).Add(name, "c")
		if got := (headers{theirs}).Values(name); !reflect.DeepEqual(got, theirs.Values(name)) || len(got) != 2 {
			t.Errorf("%s: %q, want %q", name, got, theirs.Values(name))
		}
	}
}

// Signed headers that stand there twice are believed by nobody, also
// where only the program's propagators have a key.
func TestPropagatorsAndHeadersThatStandTwice(t *testing.T) {
	key := mustKey(t, "k")
	info, mac := key.SignedPack(hmac.TraceInfo{BaseID: testBase, ParentID: testBase})
	for want, macs := range map[bool][]string{true: {mac}, false: {mac, mac}} {
		believed := false
		handler := NewHandler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			believed = propagation.ProfilerFromContext(r.Context()).Trace.BaseID == testBase
		}), "registry", WithPropagators(propagation.New(key)))
		r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/", nil)
		r.Header = http.Header{"X-Trace-Info": {info}, "X-Trace-Hmac": macs}
		handler.ServeHTTP(httptest.NewRecorder(), r)
		if believed != want {
			t.Errorf("%d signatures: believed: %v", len(macs), believed)
		}
	}
}
