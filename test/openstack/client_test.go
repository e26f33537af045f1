// SPDX-License-Identifier: Apache-2.0

package openstack_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	gopenstack "github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/keypairs"
	computeservers "github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/tokens"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/gophercloudtrace"
	"github.com/ostrace/ostrace/hmac"
)

// client is a Go program with this library in it.
type client struct {
	provider *gophercloud.ProviderClient
	tracer   trace.Tracer
	spans    *tracetest.SpanRecorder
}

func newClient(t *testing.T, ctx context.Context, spans *tracetest.SpanRecorder, tracers trace.TracerProvider) *client {
	t.Helper()
	key, err := hmac.NewKey("SECRET_KEY")
	if err != nil {
		t.Fatal(err)
	}
	provider, err := gopenstack.NewClient(lookup(adminEnv, "OS_AUTH_URL"))
	if err != nil {
		t.Fatal(err)
	}
	gophercloudtrace.Instrument(provider, gophercloudtrace.WithHMACKeys(key), gophercloudtrace.WithTracerProvider(tracers))
	if err := gopenstack.Authenticate(ctx, provider, gophercloud.AuthOptions{
		IdentityEndpoint: lookup(adminEnv, "OS_AUTH_URL"),
		Username:         lookup(adminEnv, "OS_USERNAME"),
		Password:         lookup(adminEnv, "OS_PASSWORD"),
		DomainName:       lookup(adminEnv, "OS_USER_DOMAIN_NAME"),
		Scope: &gophercloud.AuthScope{
			ProjectName: lookup(adminEnv, "OS_PROJECT_NAME"),
			DomainName:  lookup(adminEnv, "OS_PROJECT_DOMAIN_NAME"),
		},
		AllowReauth: true,
	}); err != nil {
		t.Fatal(err)
	}
	return &client{provider: provider, tracer: tracers.Tracer("test"), spans: spans}
}

func newTracers() (*sdktrace.TracerProvider, *tracetest.SpanRecorder) {
	spans := tracetest.NewSpanRecorder()
	return sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)), spans
}

func (c *client) compute(t *testing.T) *gophercloud.ServiceClient {
	t.Helper()
	compute, err := gopenstack.NewComputeV2(c.provider, gophercloud.EndpointOpts{Region: lookup(adminEnv, "OS_REGION_NAME")})
	if err != nil {
		t.Fatal(err)
	}
	compute.Microversion = "2.37"
	return compute
}

// reportOf returns the spans of one trace in the form of createserver's report.
func (c *client) reportOf(traceID trace.TraceID) report {
	r := report{TraceID: traceID.String()}
	for _, ended := range c.spans.Ended() {
		if ended.SpanContext().TraceID() != traceID {
			continue
		}
		s := span{
			Name: ended.Name(), Kind: ended.SpanKind().String(), TraceID: traceID.String(), SpanID: ended.SpanContext().SpanID().String(),
			ParentSpanID: ended.Parent().SpanID().String(), Attributes: map[string]any{},
		}
		for _, kv := range ended.Attributes() {
			s.Attributes[string(kv.Key)] = kv.Value.AsInterface()
		}
		s.Status.Code = ended.Status().Code.String()
		r.Spans = append(r.Spans, s)
	}
	r.BaseID = fmt.Sprintf("%s-%s-%s-%s-%s", r.TraceID[:8], r.TraceID[8:12], r.TraceID[12:16], r.TraceID[16:20], r.TraceID[20:])
	return r
}

func TestTokenRenewedInsideTheTrace(t *testing.T) {
	tracers, spans := newTracers()
	c := newClient(t, t.Context(), spans, tracers)
	compute := c.compute(t)
	ctx, root := c.tracer.Start(t.Context(), "root")
	identity, err := gopenstack.NewIdentityV3(c.provider, gophercloud.EndpointOpts{})
	if err != nil {
		t.Fatal(err)
	}
	// Nova has not seen this token yet. It keeps the tokens that it has seen.
	if err := tokens.Revoke(ctx, identity, c.provider.Token()).Err; err != nil {
		t.Fatal(err)
	}
	if _, err := computeservers.List(compute, nil).AllPages(ctx); err != nil {
		t.Fatal(err)
	}
	root.End()

	r := c.reportOf(root.SpanContext().TraceID())
	var story []string
	for _, s := range r.Spans {
		if s.Kind == "client" && s.Name != "GET /" {
			story = append(story, fmt.Sprintf("%s %v %v", s.Name, s.Attributes["http.response.status_code"], s.Attributes["http.request.resend_count"]))
		}
	}
	want := "DELETE /v3/auth/tokens 204 <nil>, GET /v2.1/servers/detail 401 <nil>, POST /v3/auth/tokens 201 <nil>, GET /v2.1/servers/detail 200 1"
	if got := strings.Join(story, ", "); got != want {
		t.Errorf("requests %s, want %s", got, want)
	}
	eventually(t, func() error {
		trace := points(t, r.BaseID)
		if err := unbroken(trace, sentParents(r)); err != nil {
			return err
		}
		// In Nova the profiler comes after authentication, so it records no
		// 401.
		for i, s := range r.Spans {
			if s.Attributes["http.response.status_code"] == int64(http.StatusUnauthorized) {
				r.Spans = append(r.Spans[:i:i], r.Spans[i+1:]...)
				break
			}
		}
		return everyRequestArrived(trace, r)
	})
}

func TestErrorsAreSpans(t *testing.T) {
	tracers, spans := newTracers()
	c := newClient(t, t.Context(), spans, tracers)
	compute := c.compute(t)
	ctx, root := c.tracer.Start(t.Context(), "root")
	const missing = "00000000-0000-4000-8000-000000000000"
	if _, err := computeservers.Get(ctx, compute, missing).Extract(); !gophercloud.ResponseCodeIs(err, http.StatusNotFound) {
		t.Errorf("got %v, want a 404", err)
	}
	t.Cleanup(func() { openstack(t, "keypair", "delete", "conflict") })
	for i := range 2 {
		_, err := keypairs.Create(ctx, compute, keypairs.CreateOpts{Name: "conflict", PublicKey: publicKey}).Extract()
		if i == 0 && err != nil || i == 1 && !gophercloud.ResponseCodeIs(err, http.StatusConflict) {
			t.Errorf("keypair %d: %v", i, err)
		}
	}
	root.End()
	found := map[string]codes.Code{}
	for _, s := range spans.Ended() {
		for _, kv := range s.Attributes() {
			if kv.Key == "http.response.status_code" {
				found[fmt.Sprintf("%s %d", s.Name(), kv.Value.AsInt64())] = s.Status().Code
			}
		}
	}
	for name, want := range map[string]codes.Code{
		"GET /v2.1/servers/{id} 404": codes.Error, "POST /v2.1/os-keypairs 409": codes.Error, "POST /v2.1/os-keypairs 201": codes.Unset,
	} {
		if got, ok := found[name]; !ok || got != want {
			t.Errorf("span %s: there %v, status %v; there are %v", name, ok, got, found)
		}
	}
	r := c.reportOf(root.SpanContext().TraceID())
	eventually(t, func() error {
		trace := points(t, r.BaseID)
		if err := unbroken(trace, sentParents(r)); err != nil {
			return err
		}
		return everyRequestArrived(trace, r)
	})
}

const publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGuK0pUuDkiRhUHmxdHVsCZBGEbqDnYWxZ1SUQtXWQWi test"

// Ten servers that one process creates at once have ten traces, and none has a
// point of another.
func TestConcurrentTraces(t *testing.T) {
	const many = 10
	tracers, spans := newTracers()
	c := newClient(t, t.Context(), spans, tracers)
	compute := c.compute(t)
	image, network := idOf(t, "image", "tiny"), idOf(t, "network", "net1")

	ids := make([]string, many)
	roots := make([]trace.TraceID, many)
	failures := make([]error, many)
	var group sync.WaitGroup
	for i := range many {
		group.Go(func() {
			ctx, root := c.tracer.Start(t.Context(), "create server")
			defer root.End()
			roots[i] = root.SpanContext().TraceID()
			ids[i], failures[i] = c.createAndDelete(ctx, compute, computeservers.CreateOpts{
				Name: fmt.Sprintf("concurrent-%d", i), ImageRef: image, FlavorRef: "42", Networks: []computeservers.Network{{UUID: network}},
			})
		})
	}
	group.Wait()
	if err := errors.Join(failures...); err != nil {
		t.Fatal(err)
	}
	traceOf := map[string]int{}
	for i, id := range ids {
		r := c.reportOf(roots[i])
		var trace []point
		eventually(t, func() error {
			trace = points(t, r.BaseID)
			if err := whole(trace, sentParents(r)); err != nil {
				// The token of all ten was issued before their traces began.
				if !strings.HasPrefix(err.Error(), "no point of keystone") {
					return err
				}
			}
			if err := everyRequestArrived(trace, r); err != nil {
				return err
			}
			for _, p := range trace {
				// When nova-compute works on one server, it asks Placement
				// about every server of its host.
				if p.Service == "placement" {
					continue
				}
				for _, other := range ids {
					if other != id && strings.Contains(requestOf(p), other) {
						return fmt.Errorf("trace %d has %s", i, requestOf(p))
					}
				}
			}
			return nil
		})
		for _, p := range trace {
			if other, twice := traceOf[p.TraceID]; twice {
				t.Errorf("point %s is in trace %d and in trace %d", p.TraceID, other, i)
			}
			traceOf[p.TraceID] = i
		}
	}
}

// createAndDelete creates a server, waits until it is ACTIVE, deletes it, waits
// until it is gone, and returns its id. What comes next may stop the cloud, and
// Nova does not delete a server whose network it can't reach then.
func (c *client) createAndDelete(ctx context.Context, compute *gophercloud.ServiceClient, wanted computeservers.CreateOpts) (string, error) {
	server, err := computeservers.Create(ctx, compute, wanted, nil).Extract()
	if err != nil {
		return "", err
	}
	waiting, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	err = computeservers.WaitForStatus(waiting, compute, server.ID, "ACTIVE")
	if err := errors.Join(err, computeservers.Delete(context.WithoutCancel(ctx), compute, server.ID).ExtractErr()); err != nil {
		return server.ID, err
	}
	return server.ID, gophercloud.WaitFor(untraced(waiting), func(ctx context.Context) (bool, error) {
		_, err := computeservers.Get(ctx, compute, server.ID).Extract()
		if gophercloud.ResponseCodeIs(err, http.StatusNotFound) {
			return true, nil
		}
		return false, err
	})
}

// untraced returns a context whose requests no trace records: their parent is
// not sampled.
func untraced(ctx context.Context) context.Context {
	return trace.ContextWithSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{1}}))
}

// idOf returns the id of an image or a network.
func idOf(t *testing.T, kind, name string) string {
	t.Helper()
	id, _ := openstack(t, kind, "show", name, "--format", "value", "--column", "id")
	return strings.TrimSpace(id)
}
