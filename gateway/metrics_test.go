// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"maps"
	"net/http"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/ostrace/ostrace/internal/httpheader"
)

func TestMetrics(t *testing.T) {
	reader := sdkmetric.NewManualReader()
	provider, _ := tracers()
	g := mustNew(t, Policy{
		PerMinute: 2, PerTokenPerMinute: 1, RequestIDs: []string{requestID}, Share: 1,
		Rules: []Rule{{Headers: map[string]string{"None": "*"}}, {Headers: map[string]string{"Rule": "*"}, Share: 1}},
	}, provider, WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))))
	decide := func(namesAndValues ...string) {
		pass := &http.Request{Header: header(namesAndValues...)}
		g.Decide(pass)
	}
	decide(httpheader.TraceInfo, "forged", "None", "")
	decide("None", "")
	g.Decide(&http.Request{Header: signed(mustKey(t, "SECRET_KEY"))})
	decide(httpheader.RequestID, requestID)
	decide(headerToken, "a", "Rule", "")
	decide(headerToken, "a")
	decide(headerToken, "b")
	decide(headerToken, "c")
	if g.SetPolicy(Policy{}) != nil || g.SetPolicy(Policy{Share: -1}) == nil || g.SetPolicy(Policy{Share: -1}) == nil {
		t.Error("SetPolicy")
	}

	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for _, scope := range all.ScopeMetrics {
		if scope.Scope.Name != ScopeName || scope.Scope.Version != Version {
			t.Errorf("scope %+v", scope.Scope)
		}
		for _, m := range scope.Metrics {
			for _, point := range m.Data.(metricdata.Sum[int64]).DataPoints {
				got[m.Name+" "+point.Attributes.Encoded(attribute.DefaultEncoder())+" "+m.Unit] = point.Value
			}
		}
	}
	const requests = "ostrace.gateway.requests ostrace.gateway.decision="
	want := map[string]int64{
		requests + "none {request}": 2, requests + "signed {request}": 1, requests + "request_id {request}": 1, requests + "rule {request}": 1,
		requests + "share {request}": 1, requests + "limit {request}": 1, requests + "token_limit {request}": 1,
		"ostrace.gateway.signatures.refused  {request}":                                 1,
		"ostrace.gateway.policy.updates ostrace.gateway.policy.result=applied {update}": 1,
		"ostrace.gateway.policy.updates ostrace.gateway.policy.result=refused {update}": 2,
	}
	if !maps.Equal(got, want) {
		t.Errorf("metrics %v, want %v", got, want)
	}
	if got := Decision(decisions).String(); got != "unknown" {
		t.Errorf("a Decision that there is not is %q", got)
	}
}
