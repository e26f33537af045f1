// SPDX-License-Identifier: Apache-2.0

// Listservers lists the servers of a cloud in one trace. It is the program in the
// README.md of the repository.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/ostrace/ostrace/gophercloudtrace"
	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/propagation"
)

func main() {
	if err := listServers(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func listServers(ctx context.Context) (err error) {
	key, err := hmac.NewKey(os.Getenv("OS_PROFILE")) // one of the cloud's hmac_keys
	if err != nil {
		return err
	}
	exporter, err := otlptracehttp.New(ctx) // OTEL_EXPORTER_OTLP_ENDPOINT says where to
	if err != nil {
		return err
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter))
	defer func() { err = errors.Join(err, provider.Shutdown(context.WithoutCancel(ctx))) }()
	otel.SetTracerProvider(provider)
	otel.SetTextMapPropagator(propagation.New())
	ctx, span := otel.Tracer("listservers").Start(ctx, "list servers")
	defer span.End()

	options, err := openstack.AuthOptionsFromEnv() // OS_AUTH_URL, OS_USERNAME and so on
	if err != nil {
		return err
	}
	cloud, err := openstack.NewClient(options.IdentityEndpoint)
	if err != nil {
		return err
	}
	gophercloudtrace.Instrument(cloud, gophercloudtrace.WithHMACKeys(key)) // before it authenticates
	if err := openstack.Authenticate(ctx, cloud, options); err != nil {
		return err
	}
	compute, err := openstack.NewComputeV2(cloud, gophercloud.EndpointOpts{})
	if err != nil {
		return err
	}
	pages, err := servers.List(compute, nil).AllPages(ctx)
	if err != nil {
		return err
	}
	list, err := servers.ExtractServers(pages)
	if err != nil {
		return err
	}
	fmt.Println(len(list), "servers; the trace is", span.SpanContext().TraceID())
	return nil
}
