// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"net/http"
	"net/url"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/gophercloudtrace"
	"github.com/ostrace/ostrace/hmac"
)

// secretKey is the key of the cloud that test/openstack/openstack brings up.
const secretKey = "SECRET_KEY"

// client is a Go program that works on the cloud, and traces as its set-up says.
type client struct {
	identity, image, network, compute *gophercloud.ServiceClient
	tracer                            trace.Tracer // nil where nothing is traced
	transport                         *http.Transport
}

// newClient returns a client that has authenticated, without a trace.
func newClient(ctx context.Context, s setup, env environment) (*client, error) {
	c := &client{transport: http.DefaultTransport.(*http.Transport).Clone()}
	if s.gateway {
		c.transport.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: roles["gateway"].address})
	}
	provider, err := openstack.NewClient(env.lookup("OS_AUTH_URL"))
	if err != nil {
		return nil, err
	}
	provider.HTTPClient.Transport = c.transport
	if s.headers != noHeaders {
		tracers := sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(s.share))))
		c.tracer = tracers.Tracer("github.com/ostrace/ostrace/test/comparison")
		options := []gophercloudtrace.Option{gophercloudtrace.WithTracerProvider(tracers)}
		if s.headers == signedHeaders {
			key, err := hmac.NewKey(secretKey)
			if err != nil {
				return nil, err
			}
			options = append(options, gophercloudtrace.WithHMACKeys(key))
		}
		gophercloudtrace.Instrument(provider, options...)
	}
	if err := openstack.Authenticate(untraced(ctx), provider, gophercloud.AuthOptions{
		IdentityEndpoint: env.lookup("OS_AUTH_URL"),
		Username:         env.lookup("OS_USERNAME"),
		Password:         env.lookup("OS_PASSWORD"),
		DomainName:       env.lookup("OS_USER_DOMAIN_NAME"),
		AllowReauth:      true,
		Scope:            &gophercloud.AuthScope{ProjectName: env.lookup("OS_PROJECT_NAME"), DomainName: env.lookup("OS_PROJECT_DOMAIN_NAME")},
	}); err != nil {
		return nil, err
	}
	endpoint := gophercloud.EndpointOpts{Region: env.lookup("OS_REGION_NAME")}
	for _, service := range []struct {
		client **gophercloud.ServiceClient
		make   func(*gophercloud.ProviderClient, gophercloud.EndpointOpts) (*gophercloud.ServiceClient, error)
	}{
		{&c.identity, openstack.NewIdentityV3}, {&c.image, openstack.NewImageV2},
		{&c.network, openstack.NewNetworkV2}, {&c.compute, openstack.NewComputeV2},
	} {
		if *service.client, err = service.make(provider, endpoint); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (c *client) close() { c.transport.CloseIdleConnections() }

// start begins the trace of a call, if the client traces.
func (c *client) start(ctx context.Context, name string) (context.Context, func()) {
	if c.tracer == nil {
		return ctx, func() {}
	}
	ctx, span := c.tracer.Start(ctx, name)
	return ctx, func() { span.End() }
}

// untraced returns a context whose requests are not traced, because their parent is
// not sampled.
func untraced(ctx context.Context) context.Context {
	return trace.ContextWithSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{1}}))
}
