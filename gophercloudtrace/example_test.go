// SPDX-License-Identifier: Apache-2.0

package gophercloudtrace_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/flavors"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/ostrace/ostrace/gophercloudtrace"
	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/internal/simcloud"
)

// A logger below the library sees the headers that are sent: the token, and the
// signature, with which anybody could make the cloud record traces.
func ExampleInstrument_logger() {
	key, err := hmac.NewKey("SECRET_KEY")
	if err != nil {
		fmt.Println(err)
		return
	}
	provider, err := openstack.NewClient("http://cloud.example:5000/v3")
	if err != nil {
		fmt.Println(err)
		return
	}
	provider.HTTPClient.Transport = logger{answer{}} // usually it has http.DefaultTransport inside
	provider.UseTokenLock()
	provider.SetToken("SECRET_TOKEN")
	gophercloudtrace.Instrument(provider, gophercloudtrace.WithHMACKeys(key),
		gophercloudtrace.WithTracerProvider(sdktrace.NewTracerProvider())) // usually the global one
	if _, err := provider.Request(context.Background(), http.MethodGet, "http://cloud.example:5000/v3/projects", &gophercloud.RequestOpts{}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// GET /v3/projects
	// Accept: application/json
	// X-Auth-Token: REDACTED
	// X-Trace-Hmac: REDACTED
	// X-Trace-Info: REDACTED
}

type logger struct{ base http.RoundTripper }

func (l logger) RoundTrip(r *http.Request) (*http.Response, error) {
	fmt.Println(r.Method, r.URL.Path)
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		switch http.CanonicalHeaderKey(name) {
		case "Authorization", "X-Auth-Token", "X-Subject-Token", "X-Trace-Hmac", "X-Trace-Info":
			fmt.Println(name + ": REDACTED")
		case "Accept":
			fmt.Println(name+":", r.Header.Get(name))
		}
	}
	return l.base.RoundTrip(r)
}

type answer struct{}

func (answer) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
}

func ExampleNewTransport() {
	key, err := hmac.NewKey("SECRET_KEY")
	if err != nil {
		fmt.Println(err)
		return
	}
	endpoints, err := gophercloudtrace.WithEndpoints("https://cloud.example:5000/v3", "https://cloud.example:8774/v2.1")
	if err != nil {
		fmt.Println(err)
		return
	}
	client := http.Client{Transport: gophercloudtrace.NewTransport(nil, gophercloudtrace.WithHMACKeys(key), endpoints)}
	// The library that makes the provider gets the client:
	// openstack/config.NewProviderClient(ctx, options, config.WithHTTPClient(client))
	client.CloseIdleConnections()

	_, err = gophercloudtrace.WithEndpoints("cloud.example:5000")
	fmt.Println(err)
	// Output: endpoint "cloud.example:5000" is not a URL such as https://cloud.example:5000/v3
}

func ExampleInstrument() {
	if err := showFlavor(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// POST /v3/auth/tokens signed: true
	// GET /v2.1/flavors/{id} signed: true
}

func showFlavor() error {
	key, err := hmac.NewKey("SECRET_KEY")
	if err != nil {
		return err
	}
	cloud, err := simcloud.Start(simcloud.WithHMACKeys(key)) // usually a real one
	if err != nil {
		return err
	}
	defer func() { _ = cloud.Close() }()
	spans := tracetest.NewSpanRecorder() // usually an exporter, and the global provider
	tracers := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))

	ctx, run := tracers.Tracer("example").Start(context.Background(), "show a flavor")
	defer run.End()
	options := cloud.AuthOptions()
	provider, err := openstack.NewClient(options.IdentityEndpoint)
	if err != nil {
		return err
	}
	gophercloudtrace.Instrument(provider, gophercloudtrace.WithHMACKeys(key), gophercloudtrace.WithContext(ctx))
	if err := openstack.Authenticate(ctx, provider, options); err != nil {
		return err
	}
	compute, err := openstack.NewComputeV2(provider, gophercloud.EndpointOpts{})
	if err != nil {
		return err
	}
	if _, err := flavors.Get(ctx, compute, "42").Extract(); err != nil {
		return err
	}

	arrived := cloud.Requests()[:0:0]
	for _, r := range cloud.Requests() {
		if r.Caller == "" { // it is not from another service
			arrived = append(arrived, r)
		}
	}
	for i, span := range spans.Ended() {
		fmt.Println(span.Name(), "signed:", arrived[i].Signed)
	}
	return nil
}
