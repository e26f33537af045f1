package gophercloudtrace_test

import (
	"context"
	"fmt"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/flavors"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/ostrace/ostrace/gophercloudtrace"
	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/internal/simcloud"
)

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
		if r.Caller == "" { // and not one service from another
			arrived = append(arrived, r)
		}
	}
	for i, span := range spans.Ended() {
		fmt.Println(span.Name(), "signed:", arrived[i].Signed)
	}
	return nil
}
