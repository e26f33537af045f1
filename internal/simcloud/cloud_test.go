// SPDX-License-Identifier: Apache-2.0

package simcloud_test

import (
	"context"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/flavors"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/gophercloud/gophercloud/v2/openstack/image/v2/images"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/networks"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/internal/simcloud"
)

// fixture is a cloud with its key and the spans that its services emitted.
type fixture struct {
	*simcloud.Cloud
	key   hmac.Key
	spans *tracetest.SpanRecorder
}

func start(t *testing.T, options ...simcloud.Option) fixture {
	t.Helper()
	f := fixture{key: newKey(t, "SECRET_KEY"), spans: tracetest.NewSpanRecorder()}
	options = append([]simcloud.Option{
		simcloud.WithHMACKeys(newKey(t, "OLD_KEY"), f.key), simcloud.WithSpanProcessor(f.spans), simcloud.WithTimeScale(0),
	}, options...)
	var err error
	if f.Cloud, err = simcloud.Start(options...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return f
}

func newKey(t *testing.T, secret string) hmac.Key {
	t.Helper()
	key, err := hmac.NewKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// program is a gophercloud program with the clients that it uses.
type program struct {
	provider                *gophercloud.ProviderClient
	compute, image, network *gophercloud.ServiceClient
}

// program authenticates a program that signs nothing.
func (f fixture) program(t *testing.T) program {
	t.Helper()
	return f.signing(t, hmac.Key{}, hmac.TraceInfo{})
}

// signing authenticates a program that signs every request with fixed ids.
func (f fixture) signing(t *testing.T, key hmac.Key, trace hmac.TraceInfo) program {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	provider, err := openstack.NewClient(f.AuthURL())
	if err != nil {
		t.Fatal(err)
	}
	provider.HTTPClient.Transport = signer{key, trace, transport}
	if err := openstack.Authenticate(t.Context(), provider, f.AuthOptions()); err != nil {
		t.Fatal(err)
	}
	p := program{provider: provider}
	for _, c := range []struct {
		client **gophercloud.ServiceClient
		make   func(*gophercloud.ProviderClient, gophercloud.EndpointOpts) (*gophercloud.ServiceClient, error)
	}{
		{&p.compute, openstack.NewComputeV2}, {&p.image, openstack.NewImageV2}, {&p.network, openstack.NewNetworkV2},
	} {
		client, err := c.make(provider, gophercloud.EndpointOpts{Region: "RegionOne"})
		if err != nil {
			t.Fatal(err)
		}
		*c.client = client
	}
	return p
}

type signer struct {
	key   hmac.Key
	trace hmac.TraceInfo
	next  *http.Transport
}

func (s signer) RoundTrip(r *http.Request) (*http.Response, error) {
	if !s.key.IsZero() {
		r = r.Clone(r.Context())
		info, mac := s.key.SignedPack(s.trace)
		r.Header.Set(hmac.HeaderInfo, info)
		r.Header.Set(hmac.HeaderHMAC, mac)
	}
	return s.next.RoundTrip(r)
}

func (s signer) CloseIdleConnections() { s.next.CloseIdleConnections() }

// choose finds the image "tiny", a flavor and the network "net1" by their
// names.
func (p program) choose(t *testing.T, flavor string) servers.CreateOpts {
	t.Helper()
	pages, err := images.List(p.image, images.ListOpts{Name: "tiny"}).AllPages(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	foundImages, err := images.ExtractImages(pages)
	if err != nil || len(foundImages) != 1 {
		t.Fatalf("images called tiny: %v, %v", foundImages, err)
	}
	pages, err = flavors.ListDetail(p.compute, nil).AllPages(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	foundFlavors, err := flavors.ExtractFlavors(pages)
	if err != nil {
		t.Fatal(err)
	}
	ref := ""
	for _, f := range foundFlavors {
		if f.Name == flavor {
			ref = f.ID
		}
	}
	pages, err = networks.List(p.network, networks.ListOpts{Name: "net1"}).AllPages(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	foundNetworks, err := networks.ExtractNetworks(pages)
	if err != nil || len(foundNetworks) != 1 {
		t.Fatalf("networks called net1: %v, %v", foundNetworks, err)
	}
	return servers.CreateOpts{
		Name: "one", ImageRef: foundImages[0].ID, FlavorRef: ref,
		Networks: []servers.Network{{UUID: foundNetworks[0].ID}},
	}
}

func (p program) create(t *testing.T, opts servers.CreateOpts) *servers.Server {
	t.Helper()
	server, err := servers.Create(t.Context(), p.compute, opts, nil).Extract()
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// await polls a server until it has the status or, where the status is empty,
// until it does not exist any more.
func (p program) await(t *testing.T, id, status string) *servers.Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		server, err := servers.Get(ctx, p.compute, id).Extract()
		switch {
		case err != nil && status == "" && gophercloud.ResponseCodeIs(err, http.StatusNotFound):
			return nil
		case err != nil:
			t.Fatalf("waiting for status %q: %v", status, err)
		case server.Status == status:
			return server
		}
		select {
		case <-time.After(2 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}

func (p program) delete(t *testing.T, id string) {
	t.Helper()
	if err := servers.Delete(t.Context(), p.compute, id).ExtractErr(); err != nil {
		t.Fatal(err)
	}
	p.await(t, id, "")
}

func TestServerFromCreateToDelete(t *testing.T) {
	for _, microversion := range []string{"", "2.1", "2.37", "2.79", "latest"} {
		t.Run(microversion, func(t *testing.T) {
			f := start(t)
			p := f.program(t)
			p.compute.Microversion = microversion
			server := p.create(t, p.choose(t, "m1.nano"))
			active := p.await(t, server.ID, "ACTIVE")
			if active.Name != "one" || active.VmState != "active" || len(active.Addresses) != 1 || active.LaunchedAt.IsZero() {
				t.Errorf("the server is %+v", active)
			}
			if got := strings.Join(f.Servers(), " "); got != "one" {
				t.Errorf("servers: %q", got)
			}
			p.delete(t, server.ID)
			if got := f.Servers(); len(got) != 0 {
				t.Errorf("left behind: %q", got)
			}
		})
	}
}

func TestServerWithoutNetworkAndWithAny(t *testing.T) {
	f := start(t)
	p := f.program(t)
	opts := p.choose(t, "m1.nano")
	opts.Networks = "none"
	if err := servers.Create(t.Context(), p.compute, opts, nil).Err; !gophercloud.ResponseCodeIs(err, http.StatusBadRequest) {
		t.Errorf(`networks "none" before microversion 2.37: %v`, err)
	}
	p.compute.Microversion = "2.37"
	if got := p.await(t, p.create(t, opts).ID, "ACTIVE").Addresses; len(got) != 0 {
		t.Errorf(`networks "none" gave %v`, got)
	}
	opts.Networks = "auto"
	if got := p.await(t, p.create(t, opts).ID, "ACTIVE").Addresses; len(got) != 1 {
		t.Errorf(`networks "auto" gave %v`, got)
	}
}

func TestCloseEndsEverything(t *testing.T) {
	before := runtime.NumGoroutine()
	f := start(t)
	p := f.program(t)
	p.create(t, p.choose(t, "m1.nano")) // is being built when Close comes
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatalf("second Close: %v", err)
	}
	p.provider.HTTPClient.CloseIdleConnections()
	deadline := time.After(10 * time.Second)
	for runtime.NumGoroutine() > before {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-deadline:
			buffer := make([]byte, 1<<20)
			t.Fatalf("%d goroutines before, %d after:\n%s", before, runtime.NumGoroutine(), buffer[:runtime.Stack(buffer, true)])
		}
	}
}
