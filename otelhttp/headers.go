// SPDX-License-Identifier: Apache-2.0

package otelhttp

import (
	"net/http"

	otelpropagation "go.opentelemetry.io/otel/propagation"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/internal/httpheader"
)

// headers is OpenTelemetry's HeaderCarrier with the names that W3C's propagators
// and OSProfiler's use already in net/http's spelling. To put a name into that
// spelling takes longer than to read or to set the header.
type headers struct{ otelpropagation.HeaderCarrier }

func (h headers) Get(name string) string { return first(h.Values(name)) }

func (h headers) Values(name string) []string { return h.HeaderCarrier[canonical(name)] }

func (h headers) Set(name, value string) { h.HeaderCarrier[canonical(name)] = []string{value} }

// canonical returns what http.CanonicalHeaderKey returns.
func canonical(name string) string {
	switch name {
	case "traceparent":
		return "Traceparent"
	case "tracestate":
		return "Tracestate"
	case "baggage":
		return "Baggage"
	case hmac.HeaderInfo:
		return httpheader.TraceInfo
	case hmac.HeaderHMAC:
		return httpheader.TraceHMAC
	}
	return http.CanonicalHeaderKey(name)
}

// unsigned is a carrier that hides OSProfiler's headers.
type unsigned struct{ headers }

func (c unsigned) Get(name string) string { return first(c.Values(name)) }

func (c unsigned) Values(name string) []string {
	if isSignature(name) {
		return nil
	}
	return c.headers.Values(name)
}
