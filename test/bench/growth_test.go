// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/tokens"
	otelpropagation "go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/gophercloudtrace"
	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/propagation"
)

// BenchmarkKeys has n keys, of which the last one signed the headers.
func BenchmarkKeys(b *testing.B) {
	for _, n := range []int{1, 2, 4, 8, 16} {
		keys := make(hmac.Keys, n)
		for i := range keys {
			keys[i] = newKey("key " + strconv.Itoa(i))
		}
		ctx, header := inTrace(trace.FlagsSampled), otelpropagation.HeaderCarrier{}
		propagator := propagation.NewOSProfiler(keys...)
		provider := instrumented(gophercloudtrace.WithHMACKeys(keys...))
		info, mac := keys[n-1].SignedPack(hmac.TraceInfo{BaseID: baseID, ParentID: parentID})
		forgedInfo, forgedMAC := newKey("another").SignedPack(hmac.TraceInfo{BaseID: baseID, ParentID: parentID})
		grow(b, n,
			operation{"op=inject", func() { propagator.Inject(ctx, header) }},
			operation{"op=request", func() { get(provider, projectURL, nil) }},
			operation{"op=verify", func() { _, _, _ = keys.SignedUnpack(info, mac) }},
			operation{"op=refuse", func() { _, _, _ = keys.SignedUnpack(forgedInfo, forgedMAC) }},
		)
	}
}

// BenchmarkGoroutines makes requests with one provider from n goroutines.
func BenchmarkGoroutines(b *testing.B) {
	spans := tracing(sdktrace.AlwaysSample())
	plain := newProvider(null{})
	plain.HTTPClient.Transport = contribTransport(plain.HTTPClient.Transport, spans, w3c)
	for _, n := range []int{1, 10, 100, 1000, 10_000} {
		for _, c := range []struct {
			name     string
			provider *gophercloud.ProviderClient
		}{{"op=w3c-request", plain}, {"op=request", instrumented(gophercloudtrace.WithHMACKeys(key))}} {
			b.Run(fmt.Sprintf("%s/n=%d", c.name, n), func(b *testing.B) {
				b.ReportAllocs()
				load(b.N, n, func() { get(c.provider, projectURL, nil) }, b.ResetTimer)
			})
		}
	}
}

// BenchmarkEndpoints has a catalog of n endpoints, each on a port of its own or
// all under paths of one host.
func BenchmarkEndpoints(b *testing.B) {
	for _, n := range []int{10, 100, 1000} {
		ports, paths := make([]string, n), make([]string, n)
		for i := range n {
			ports[i] = fmt.Sprintf("https://cloud.example:%d/v2.1", 10_000+i)
			paths[i] = fmt.Sprintf("https://cloud.example/service-%d/v2.1", i)
		}
		onPorts, onPaths := instrumented(), instrumented()
		setCatalog(onPorts, "t", ports)
		setCatalog(onPaths, "t", paths)
		renewed := instrumented()
		tokens := [2]tokens.CreateResult{newToken("t", paths), newToken("u", paths)}
		turn := 0
		grow(b, n,
			operation{"op=request-ports", func() { get(onPorts, ports[0]+"/servers", nil) }},
			operation{"op=request-paths", func() { get(onPaths, paths[0]+"/servers", nil) }},
			operation{"op=first-request", func() {
				turn++
				if err := renewed.SetTokenAndAuthResult(tokens[turn%2]); err != nil {
					panic(err)
				}
				get(renewed, paths[0]+"/servers", nil)
			}},
			operation{"op=catalog", func() {
				if _, err := tokens[0].ExtractServiceCatalog(); err != nil {
					panic(err)
				}
			}},
		)
	}
}

// BenchmarkInfoBytes has an X-Trace-Info of about n bytes.
func BenchmarkInfoBytes(b *testing.B) {
	keys := hmac.Keys{key}
	for _, n := range []int{136, 1000, 4000, 64_000, 1_000_000} {
		// Base64 makes 4 bytes of 3, and two ids share the space that the JSON
		// leaves.
		id := strings.Repeat("0", (n*3/4-len(`{"base_id": "", "parent_id": ""}`))/2)
		info, mac := key.SignedPack(hmac.TraceInfo{BaseID: id, ParentID: id})
		forged := strings.Repeat("0", len(mac))
		grow(b, n,
			operation{"op=verify", func() { _, _, _ = keys.SignedUnpack(info, mac) }},
			operation{"op=refuse", func() { _, _, _ = keys.SignedUnpack(info, forged) }},
		)
	}
}

// BenchmarkRequestHeaders has requests with n headers of the program's own.
func BenchmarkRequestHeaders(b *testing.B) {
	spans := tracing(sdktrace.AlwaysSample())
	plain := newProvider(null{})
	plain.HTTPClient.Transport = contribTransport(plain.HTTPClient.Transport, spans, w3c)
	provider := instrumented(gophercloudtrace.WithHMACKeys(key))
	for _, n := range []int{1, 10, 100} {
		header := map[string]string{}
		for i := range n {
			header["X-Header-"+strconv.Itoa(i)] = "value"
		}
		grow(b, n,
			operation{"op=w3c-request", func() { get(plain, projectURL, header) }},
			operation{"op=request", func() { get(provider, projectURL, header) }},
		)
	}
}

func grow(b *testing.B, n int, operations ...operation) {
	for _, o := range operations {
		o.run() // makes everything that is made only once
		b.Run(fmt.Sprintf("%s/n=%d", o.name, n), o.benchmark)
	}
}

// instrumented returns a provider whose requests are traced.
func instrumented(opts ...gophercloudtrace.Option) *gophercloud.ProviderClient {
	provider := newProvider(null{})
	gophercloudtrace.Instrument(provider, append(opts,
		gophercloudtrace.WithTracerProvider(tracing(sdktrace.AlwaysSample())), gophercloudtrace.WithPropagators(w3c))...)
	return provider
}

// get makes gophercloud ask for a project.
func get(provider *gophercloud.ProviderClient, url string, header map[string]string) {
	var answer any
	if _, err := provider.Request(context.Background(), http.MethodGet, url, &gophercloud.RequestOpts{JSONResponse: &answer, MoreHeaders: header}); err != nil {
		panic(err)
	}
}

func setCatalog(provider *gophercloud.ProviderClient, token string, endpoints []string) {
	if err := provider.SetTokenAndAuthResult(newToken(token, endpoints)); err != nil {
		panic(err)
	}
}

// newToken returns Keystone's answer to a request for a token.
func newToken(token string, endpoints []string) (result tokens.CreateResult) {
	services := make([]any, len(endpoints))
	for i, url := range endpoints {
		services[i] = map[string]any{"type": "service-" + strconv.Itoa(i), "endpoints": []any{
			map[string]any{"interface": "public", "region": "RegionOne", "region_id": "RegionOne", "url": url},
		}}
	}
	result.Header = http.Header{"X-Subject-Token": {token}}
	result.Body = map[string]any{"token": map[string]any{"catalog": services, "expires_at": "2099-01-01T00:00:00.000000Z"}}
	return result
}
