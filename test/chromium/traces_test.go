// SPDX-License-Identifier: Apache-2.0

package chromium_test

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/flavors"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/gophercloud/gophercloud/v2/openstack/image/v2/images"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/gophercloudtrace"
	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/internal/simcloud"
)

// oneServer returns the trace of a program that creates a server on the
// simulated cloud. It is made once.
var oneServer = sync.OnceValues(func() (tracetest.SpanStubs, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	key, err := hmac.NewKey("SECRET_KEY")
	if err != nil {
		return nil, err
	}
	spans := tracetest.NewInMemoryExporter()
	kept := keeper{spans}
	cloud, err := simcloud.Start(simcloud.WithHMACKeys(key), simcloud.WithSpanProcessor(sdktrace.NewSimpleSpanProcessor(kept)))
	if err != nil {
		return nil, err
	}
	program := sdktrace.NewTracerProvider(
		sdktrace.WithSyncer(kept),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "createserver"))),
	)
	ctx, root := program.Tracer("github.com/ostrace/ostrace/test/chromium").Start(ctx, "createserver")
	err = createServer(ctx, cloud, key, program)
	root.End()
	// All spans of the cloud have ended when it is closed.
	err = errors.Join(err, cloud.Close(), program.Shutdown(context.Background()))
	stubs := spans.GetSpans()
	slices.SortFunc(stubs, func(a, b tracetest.SpanStub) int { return a.StartTime.Compare(b.StartTime) })
	return stubs, err
})

// keeper keeps the spans when it is shut down.
type keeper struct{ *tracetest.InMemoryExporter }

func (keeper) Shutdown(context.Context) error { return nil }

func createServer(ctx context.Context, cloud *simcloud.Cloud, key hmac.Key, program trace.TracerProvider) error {
	options := cloud.AuthOptions()
	provider, err := openstack.NewClient(options.IdentityEndpoint)
	if err != nil {
		return err
	}
	gophercloudtrace.Instrument(provider, gophercloudtrace.WithHMACKeys(key), gophercloudtrace.WithTracerProvider(program))
	if err := openstack.Authenticate(ctx, provider, options); err != nil {
		return err
	}
	compute, err := openstack.NewComputeV2(provider, gophercloud.EndpointOpts{})
	if err != nil {
		return err
	}
	compute.Microversion = "2.37"
	glance, err := openstack.NewImageV2(provider, gophercloud.EndpointOpts{})
	if err != nil {
		return err
	}
	page, err := images.List(glance, images.ListOpts{}).AllPages(ctx)
	if err != nil {
		return err
	}
	allImages, err := images.ExtractImages(page)
	if err != nil {
		return err
	}
	page, err = flavors.ListDetail(compute, flavors.ListOpts{}).AllPages(ctx)
	if err != nil {
		return err
	}
	allFlavors, err := flavors.ExtractFlavors(page)
	if err != nil {
		return err
	}
	server, err := servers.Create(ctx, compute, servers.CreateOpts{
		Name: "one", ImageRef: allImages[0].ID, FlavorRef: allFlavors[0].ID, Networks: "auto",
	}, nil).Extract()
	if err != nil {
		return err
	}
	if err := servers.WaitForStatus(ctx, compute, server.ID, "ACTIVE"); err != nil {
		return err
	}
	return servers.Delete(ctx, compute, server.ID).ExtractErr()
}

// bigTrace is the trace of a program that creates many servers, with the spans
// that the tests look for.
type bigTrace struct {
	spans  []sdktrace.ReadOnlySpan
	failed tracetest.SpanStub // the only one that failed
}

const failure = "NoValidHost: No valid host was found. There are not enough hosts available."

// manyServers repeats the trace of one server below one span until there are n.
func manyServers(t testing.TB, n int) bigTrace {
	t.Helper()
	one, err := oneServer()
	if err != nil {
		t.Fatal(err)
	}
	first, last := one[0].StartTime, one[0].EndTime
	for _, s := range one {
		if s.EndTime.After(last) {
			last = s.EndTime
		}
	}
	traceID := one[0].SpanContext.TraceID()
	context := func(id trace.SpanID) trace.SpanContext {
		return trace.NewSpanContext(trace.SpanContextConfig{TraceID: traceID, SpanID: id, TraceFlags: trace.FlagsSampled})
	}
	root := tracetest.SpanStub{
		Name: "create many servers", SpanContext: context(trace.SpanID{1}), StartTime: first,
		SpanKind: trace.SpanKindInternal, Resource: resource.NewSchemaless(attribute.String("service.name", "createserver")),
	}
	stubs := tracetest.SpanStubs{root}
	apart := last.Sub(first) / 3
	big := bigTrace{}
	for round := 0; len(stubs) < n; round++ {
		later := time.Duration(round) * apart
		renew := func(id trace.SpanID) trace.SpanID {
			binary.BigEndian.PutUint64(id[:], binary.BigEndian.Uint64(id[:])+uint64(round))
			return id
		}
		for _, s := range one[:min(len(one), n-len(stubs))] {
			s.SpanContext = context(renew(s.SpanContext.SpanID()))
			if s.Parent.HasSpanID() {
				s.Parent = context(renew(s.Parent.SpanID()))
			} else {
				s.Parent = root.SpanContext
			}
			s.StartTime, s.EndTime = s.StartTime.Add(later), s.EndTime.Add(later)
			stubs = append(stubs, s)
		}
		stubs[0].EndTime = last.Add(later)
	}
	for i := range stubs {
		if i > n/2 && stubs[i].Name == "SQL_INSERT" {
			stubs[i].Status = sdktrace.Status{Code: codes.Error, Description: failure}
			big.failed = stubs[i]
			break
		}
	}
	big.spans = stubs.Snapshots()
	return big
}
