// SPDX-License-Identifier: Apache-2.0

package snippets

import (
	"context"
	"net/http"
	"os"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/spf13/cobra"
	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/ostrace/ostrace/gophercloudtrace"
	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/osprofile"
	"github.com/ostrace/ostrace/otelhttp"
	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/store"
)

// These are the snippets of docs/programs.md.
var (
	_ = withGophercloud
	_ = inOneTrace
	_ = withNetHTTP
	_ = withCobra
	_ = commandLineTool
	_ = readStore
	_ = writeStore
)

func withGophercloud(ctx context.Context, options gophercloud.AuthOptions, key hmac.Key) error {
	provider, err := openstack.NewClient(options.IdentityEndpoint)
	if err != nil {
		return err
	}
	gophercloudtrace.Instrument(provider, gophercloudtrace.WithHMACKeys(key))
	err = openstack.Authenticate(ctx, provider, options)

	return err
}

func inOneTrace(ctx context.Context, scrape func(context.Context)) {
	ctx, span := otel.Tracer("exporter").Start(ctx, "scrape")
	defer span.End()

	scrape(ctx)
}

func withNetHTTP(key hmac.Key, use func(*http.Client)) error {
	trusted, err := otelhttp.Endpoints("https://cloud.example:5000/v3", "https://cloud.example:8774")
	if err != nil {
		return err
	}
	client := http.Client{Transport: otelhttp.NewTransport(nil, otelhttp.WithHMACKeys(key), otelhttp.WithTrusted(trusted))}

	use(&client)
	return nil
}

func withCobra(root *cobra.Command) *osprofile.Profile {
	var profile osprofile.Profile
	root.PersistentFlags().Var(profile.KeyFlag(), osprofile.KeyFlagName, osprofile.KeyFlagUsage)
	root.PersistentFlags().Var(profile.FileFlag(), osprofile.FileFlagName, osprofile.FileFlagUsage)

	return &profile
}

func commandLineTool(ctx context.Context, profile *osprofile.Profile, provider *gophercloud.ProviderClient,
	createServer func(context.Context, *gophercloud.ProviderClient) error,
) error {
	ctx, run, err := profile.Start(ctx, "mytool server create")
	if err != nil {
		return err
	}
	gophercloudtrace.Instrument(provider, gophercloudtrace.WithContext(ctx))
	err = createServer(ctx, provider)
	run.End(err)
	_ = run.WriteClosing(os.Stderr)

	return err
}

func readStore(ctx context.Context, baseID string, exporter sdktrace.SpanExporter) error {
	s, err := store.Open("redis://localhost:6379") // github.com/ostrace/ostrace/store
	if err != nil {
		return err
	}
	defer s.Close()
	trace, err := points.Fetch(ctx, s, baseID) // the points as a tree,
	if err != nil {
		return err
	}
	err = exporter.ExportSpans(ctx, trace.Spans()) // and as OpenTelemetry spans

	return err
}

func writeStore(exporter sdktrace.SpanExporter, writer points.Writer) *sdktrace.TracerProvider {
	live := points.NewLiveExporter(exporter)
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(live),
		sdktrace.WithBatcher(points.NewSpanExporter(writer, points.WithLiveExporter(live, 5*time.Second))),
	)

	return provider
}
