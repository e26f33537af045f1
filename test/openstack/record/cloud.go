// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/flavors"
	"github.com/gophercloud/gophercloud/v2/openstack/image/v2/images"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/networks"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/ostrace/ostrace/gophercloudtrace"
	"github.com/ostrace/ostrace/hmac"
)

// cloud is the OpenStack that is up.
type cloud struct {
	state         string // the folder of the openstack script
	output, raw   string
	parameters    map[string]string // what it was brought up with
	credentials   map[string]string
	image, flavor string
	network       string
}

func findCloud(ctx context.Context) (*cloud, error) {
	c := &cloud{state: cmp.Or(os.Getenv("OSTRACE_OPENSTACK_STATE"), "/var/lib/ostrace-openstack")}
	var err error
	if c.parameters, err = readAssignments(filepath.Join(c.state, "current/etc/parameters")); err != nil {
		return nil, err
	}
	if c.credentials, err = readAssignments(filepath.Join(c.state, "openrc")); err != nil {
		return nil, err
	}
	untraced, err := c.connect(ctx, sdktrace.NewTracerProvider())
	if err != nil {
		return nil, err
	}
	imagePages, err := images.List(untraced.image, images.ListOpts{Name: "tiny"}).AllPages(ctx)
	if err != nil {
		return nil, err
	}
	allImages, err := images.ExtractImages(imagePages)
	if err != nil {
		return nil, err
	}
	networkPages, err := networks.List(untraced.network, networks.ListOpts{Name: "net1"}).AllPages(ctx)
	if err != nil {
		return nil, err
	}
	allNetworks, err := networks.ExtractNetworks(networkPages)
	if err != nil {
		return nil, err
	}
	if _, err := flavors.Get(ctx, untraced.compute, "42").Extract(); err != nil {
		return nil, err
	}
	c.image, c.network, c.flavor = allImages[0].ID, allNetworks[0].ID, "42"
	return c, nil
}

// readAssignments reads lines of NAME=VALUE, with or without "export".
func readAssignments(file string) (map[string]string, error) {
	text, err := os.ReadFile(file)
	all := map[string]string{}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "=")
		all[name] = value
	}
	return all, err
}

// client is a Go program with this library in it.
type client struct {
	cloud                           *cloud
	compute, image, network, volume *gophercloud.ServiceClient
	tracers                         *sdktrace.TracerProvider
	spans                           *tracetest.SpanRecorder
}

// newClient returns a client whose requests are signed if they are in a span.
func (c *cloud) newClient(ctx context.Context) (*client, error) {
	spans := tracetest.NewSpanRecorder()
	tracers := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	connected, err := c.connect(ctx, tracers)
	if err != nil {
		return nil, err
	}
	connected.tracers, connected.spans = tracers, spans
	return connected, nil
}

func (c *cloud) connect(ctx context.Context, tracers *sdktrace.TracerProvider) (*client, error) {
	key, err := hmac.NewKey("SECRET_KEY")
	if err != nil {
		return nil, err
	}
	provider, err := openstack.NewClient(c.credentials["OS_AUTH_URL"])
	if err != nil {
		return nil, err
	}
	gophercloudtrace.Instrument(provider, gophercloudtrace.WithHMACKeys(key), gophercloudtrace.WithTracerProvider(tracers))
	err = openstack.Authenticate(ctx, provider, gophercloud.AuthOptions{
		IdentityEndpoint: c.credentials["OS_AUTH_URL"],
		Username:         c.credentials["OS_USERNAME"],
		Password:         c.credentials["OS_PASSWORD"],
		DomainName:       c.credentials["OS_USER_DOMAIN_NAME"],
		Scope: &gophercloud.AuthScope{
			ProjectName: c.credentials["OS_PROJECT_NAME"],
			DomainName:  c.credentials["OS_PROJECT_DOMAIN_NAME"],
		},
		AllowReauth: true,
	})
	if err != nil {
		return nil, err
	}
	connected := &client{cloud: c}
	for _, of := range []struct {
		client **gophercloud.ServiceClient
		open   func(*gophercloud.ProviderClient, gophercloud.EndpointOpts) (*gophercloud.ServiceClient, error)
	}{
		{&connected.compute, openstack.NewComputeV2},
		{&connected.image, openstack.NewImageV2},
		{&connected.network, openstack.NewNetworkV2},
		{&connected.volume, openstack.NewBlockStorageV3},
	} {
		if *of.client, err = of.open(provider, gophercloud.EndpointOpts{Region: c.credentials["OS_REGION_NAME"]}); err != nil {
			return nil, err
		}
	}
	connected.compute.Microversion = "2.37"
	return connected, nil
}

// pause waits as a client does between its requests.
func pause(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
