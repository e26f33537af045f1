// SPDX-License-Identifier: Apache-2.0

package otelhttp

import (
	"errors"
	"fmt"
	"net/http"
	"sync"

	"go.opentelemetry.io/otel"
	otelpropagation "go.opentelemetry.io/otel/propagation"

	"github.com/ostrace/ostrace/internal/httpheader"
	"github.com/ostrace/ostrace/internal/origin"
	"github.com/ostrace/ostrace/internal/redirect"
)

// silence makes a Transport say once, to OpenTelemetry's error handler, why
// nothing is signed although there is a key.
type silence struct {
	noSDK, host, redirects sync.Once
}

func explainNoSDK() {
	otel.Handle(errors.New("ostrace: a key was given, but nothing is signed, because no OpenTelemetry SDK makes spans: " +
		"set a TracerProvider with otel.SetTracerProvider or WithTracerProvider, or start the trace with package osprofile"))
}

// explainHost explains that a request is not signed because of its Host, if it
// would be signed without one.
func (s *sender) explainHost(r *http.Request) {
	address, host, ok := origin.OfRequest(r)
	if ok && address == host {
		return
	}
	plain := *r
	plain.Host = ""
	if !s.trust.trusts(&plain) {
		return
	}
	plain.Header = http.Header{httpheader.TraceInfo: r.Header[httpheader.TraceInfo]}
	s.osprofiler.Inject(r.Context(), otelpropagation.HeaderCarrier(plain.Header))
	if plain.Header[httpheader.TraceInfo] == nil {
		return
	}
	s.silence.host.Do(func() {
		otel.Handle(fmt.Errorf("ostrace: a request to %s is not signed, because its Host is %q: "+
			"list that host too in WithTrusted, if it is the cloud's, or have the request sent with the Host of its URL, "+
			"as httputil.ReverseProxy does with Rewrite and SetURL", address, valid(r.Host)))
	})
}

// explainRedirects checks the redirects that the base RoundTripper followed by
// itself for a signed request.
func (s *silence) explainRedirects(r *http.Request, resp *http.Response, trust Trust) {
	hop := resp.Request
	for range redirect.Most {
		if hop == nil || hop.Response == nil || hop.Response == r.Response {
			return
		}
		if address, _, _ := origin.OfRequest(hop); !trust.trusts(hop) {
			s.redirects.Do(func() {
				otel.Handle(fmt.Errorf("ostrace: the RoundTripper under the Transport follows redirects itself, and took the signed headers to %s: "+
					"put the Transport into the http.Client that follows them, as its Transport", address))
			})
			return
		}
		hop = hop.Response.Request
	}
}
