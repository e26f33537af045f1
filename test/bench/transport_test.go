// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"net/http"
	"strings"

	contrib "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	otelpropagation "go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/gophercloud/gophercloud/v2"

	"github.com/ostrace/ostrace/gophercloudtrace"
	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/otelhttp"
)

// null is a RoundTripper that answers at once with a project.
type null struct{ see func(http.Header) }

const project = `{"project": {"id": "5c3f8a8016cd43dd8448eb211c80319c", "name": "demo", "domain_id": "default", "enabled": true, ` +
	`"parent_id": "default", "is_domain": false, "description": "", "tags": [], "options": {}, ` +
	`"links": {"self": "http://127.0.0.1:5000/v3/projects/5c3f8a8016cd43dd8448eb211c80319c"}}}`

const projectURL = "http://127.0.0.1:5000/v3/projects/5c3f8a8016cd43dd8448eb211c80319c"

func (n null) RoundTrip(r *http.Request) (*http.Response, error) {
	if n.see != nil {
		n.see(r.Header)
	}
	return &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", Request: r, Body: io.NopCloser(strings.NewReader(project)),
		Header: http.Header{"X-Openstack-Request-Id": {"req-5c3f8a80-16cd-43dd-8448-eb211c80319c"}},
	}, nil
}

// contribTransport returns OpenTelemetry's own transport.
func contribTransport(base http.RoundTripper, spans trace.TracerProvider, propagators otelpropagation.TextMapPropagator) http.RoundTripper {
	return contrib.NewTransport(base, contrib.WithTracerProvider(spans), contrib.WithPropagators(propagators))
}

// ostraceTransport returns this library's transport.
func ostraceTransport(base http.RoundTripper, spans trace.TracerProvider, propagators otelpropagation.TextMapPropagator) http.RoundTripper {
	return otelhttp.NewTransport(base, otelhttp.WithTracerProvider(spans), otelhttp.WithPropagators(propagators), otelhttp.WithHMACKeys(key))
}

// transports send a request with a few headers, in a new span, and close the
// answer.
func transports(see func(http.Header), sampler sdktrace.Sampler) []operation {
	base, spans := null{see}, tracing(sampler)
	var operations []operation
	for _, t := range []struct {
		by        string
		transport http.RoundTripper
	}{
		{"none", base},
		{"naive", naiveTransport{base}},
		{"w3c", contribTransport(base, spans, w3c)},
		{"b3", contribTransport(base, spans, zipkin)},
		{"w3c+naive", contribTransport(naiveTransport{base}, spans, w3c)},
		{"w3c+floor", contribTransport(floorTransport{base: base, floor: newFloor(hmac.SHA1)}, spans, w3c)},
		{"osprofiler", ostraceTransport(base, spans, none)},
		{"w3c+osprofiler", ostraceTransport(base, spans, w3c)},
	} {
		if t.by == "w3c+floor" && sampler.Description() != sdktrace.AlwaysSample().Description() {
			continue // it signs whatever the sampler says
		}
		r := newRequest()
		operations = append(operations, operation{"by=" + t.by, func() {
			resp, err := t.transport.RoundTrip(r)
			if err != nil {
				panic(err)
			}
			resp.Body.Close()
		}})
	}
	return operations
}

// newRequest returns a request like gophercloud's.
func newRequest() *http.Request {
	r, err := http.NewRequest(http.MethodGet, projectURL, http.NoBody)
	if err != nil {
		panic(err)
	}
	r.Header = http.Header{"Accept": {"application/json"}, "User-Agent": {"gophercloud/v2"}, "X-Auth-Token": {"t"}}
	return r
}

// gophercloudRequests are made by gophercloud, which decodes the answer.
func gophercloudRequests(see func(http.Header), sampler sdktrace.Sampler) []operation {
	spans := tracing(sampler)
	var operations []operation
	for _, c := range []struct {
		by         string
		instrument func(*gophercloud.ProviderClient)
	}{
		{"none", func(*gophercloud.ProviderClient) {}},
		{"w3c", func(p *gophercloud.ProviderClient) {
			p.HTTPClient.Transport = contribTransport(p.HTTPClient.Transport, spans, w3c)
		}},
		{"w3c+floor", func(p *gophercloud.ProviderClient) {
			p.HTTPClient.Transport = contribTransport(floorTransport{p.HTTPClient.Transport, newFloor(hmac.SHA1), gophercloudAttributes, true}, spans, w3c)
		}},
		{"w3c+osprofiler/key=none", func(p *gophercloud.ProviderClient) {
			gophercloudtrace.Instrument(p, gophercloudtrace.WithTracerProvider(spans), gophercloudtrace.WithPropagators(w3c))
		}},
		{"w3c+osprofiler", func(p *gophercloud.ProviderClient) {
			gophercloudtrace.Instrument(p, gophercloudtrace.WithTracerProvider(spans), gophercloudtrace.WithPropagators(w3c), gophercloudtrace.WithHMACKeys(key))
		}},
	} {
		if c.by == "w3c+floor" && sampler.Description() != sdktrace.AlwaysSample().Description() {
			continue // it signs whatever the sampler says
		}
		provider := newProvider(null{see})
		c.instrument(provider)
		operations = append(operations, operation{"by=" + c.by, func() { get(provider, projectURL, nil) }})
	}
	return operations
}

// newProvider returns a provider that has a token.
func newProvider(base http.RoundTripper) *gophercloud.ProviderClient {
	provider := &gophercloud.ProviderClient{IdentityBase: "http://127.0.0.1:5000/", IdentityEndpoint: "http://127.0.0.1:5000/v3/"}
	provider.UseTokenLock()
	provider.SetToken("t")
	provider.HTTPClient.Transport = base
	return provider
}
