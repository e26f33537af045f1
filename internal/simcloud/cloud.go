// SPDX-License-Identifier: Apache-2.0

package simcloud

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/ostrace/ostrace/hmac"
)

// Cloud is a running simulated cloud. It is safe for concurrent use.
type Cloud struct {
	keys       hmac.Keys
	processors []sdktrace.SpanProcessor
	scale      float64

	services  []*service
	processes []*process
	keystone  *keystone
	nova      *nova
	client    *http.Client

	mu       sync.Mutex
	keysOf   map[string]hmac.Keys // of services that have other keys
	requests []Request
	answer   func(service string, w http.ResponseWriter, r *http.Request) bool

	hurry    chan struct{} // closed when nothing should take time any more
	jobs     gate          // the work of services after they have answered
	handlers gate
	serving  sync.WaitGroup
	close    func() error
}

// Option is an option of [Start].
type Option func(*Cloud)

// WithHMACKeys sets the keys that every service accepts, in the order in which
// they are tried. Without keys nothing is traced.
func WithHMACKeys(keys ...hmac.Key) Option {
	return func(c *Cloud) { c.keys = keys }
}

// WithSpanProcessor adds a processor for the spans of all services. It then
// belongs to the cloud, whose Close shuts it down.
//
// The spans of a request have ended when its answer arrives, except the spans
// of work that goes on after it, as when a server is built. After Close all
// spans have ended.
func WithSpanProcessor(p sdktrace.SpanProcessor) Option {
	return func(c *Cloud) { c.processors = append(c.processors, p) }
}

// WithTimeScale multiplies the time that the cloud's work takes. Without this
// option the scale is 1, and a server is ACTIVE about half a second after the
// request for it. With 0 nothing waits.
func WithTimeScale(scale float64) Option {
	return func(c *Cloud) { c.scale = scale }
}

// deployment lists the services, each of which has a port of its own.
var deployment = []struct {
	kind, process string
	setUp         func(*service)
}{
	{"identity", "keystone-public", setUpKeystone},
	{"image", "glance-api", setUpGlance},
	{"network", "neutron-neutron-server", setUpNeutron},
	{"placement", "placement-placement", setUpPlacement},
	{"compute", "nova-osapi_compute", setUpNova},
	{"object-store", "swift-proxy-server", setUpSwift},
}

// Start starts a cloud on free ports of 127.0.0.1.
func Start(options ...Option) (*Cloud, error) {
	c := &Cloud{
		scale: 1,
		hurry: make(chan struct{}),
		// Proxy stays nil, because the environment's proxy is for the program's
		// own calls.
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}},
	}
	c.close = sync.OnceValue(c.shutdown)
	for _, option := range options {
		option(c)
	}
	for _, d := range deployment {
		s, err := c.listen(d.kind, d.process)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("starting the simulated cloud: %w", err), c.Close())
		}
		d.setUp(s)
	}
	for _, s := range c.services {
		c.serving.Go(func() { _ = s.server.Serve(s.listener) }) // ends with ErrServerClosed
	}
	return c, nil
}

// Close lets running work finish without any more waiting, stops all services,
// and shuts the span processors down. A second call returns the error of the
// first one.
//
// A handler set by [Cloud.Intercept] has to return when its request's context
// ends.
func (c *Cloud) Close() error { return c.close() }

func (c *Cloud) shutdown() error {
	close(c.hurry)
	c.jobs.close()
	var errs []error
	for _, s := range c.services {
		errs = append(errs, s.server.Close())
		_ = s.listener.Close() // for a server that never served it
	}
	c.serving.Wait()
	c.handlers.close()
	c.client.CloseIdleConnections()

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for _, p := range c.processes {
		errs = append(errs, p.provider.Shutdown(ctx))
	}
	for _, p := range c.processors {
		errs = append(errs, p.Shutdown(ctx))
	}
	return errors.Join(errs...)
}

// AuthURL returns the address of Keystone's API, which ends in /v3.
func (c *Cloud) AuthURL() string { return c.Endpoint("identity") }

// AuthOptions returns the credentials of the cloud's user.
func (c *Cloud) AuthOptions() gophercloud.AuthOptions {
	return gophercloud.AuthOptions{
		IdentityEndpoint: c.AuthURL(),
		Username:         userName,
		Password:         password,
		TenantName:       projectName,
		DomainName:       domainName,
		AllowReauth:      true,
	}
}

// Servers returns the names of the servers that exist, also of those that are
// being deleted, in the order of the requests for them.
func (c *Cloud) Servers() []string { return c.nova.serverNames() }

// RevokeTokens makes every token that was issued so far invalid.
func (c *Cloud) RevokeTokens() { c.keystone.revokeAll() }

// SetHMACKeys sets the keys that one service accepts. service is its type in the
// catalog.
func (c *Cloud) SetHMACKeys(service string, keys ...hmac.Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.keysOf == nil {
		c.keysOf = map[string]hmac.Keys{}
	}
	c.keysOf[service] = keys
}

// acceptedBy returns the keys that a service accepts.
func (c *Cloud) acceptedBy(service string) hmac.Keys {
	c.mu.Lock()
	defer c.mu.Unlock()
	if keys, found := c.keysOf[service]; found {
		return keys
	}
	return c.keys
}

// SetQuota sets how many servers the project may have. The number is 10 at
// first.
func (c *Cloud) SetQuota(n int) { c.nova.setQuota(n) }

// wait waits for about d, and less where the context ends or the cloud closes.
func (c *Cloud) wait(ctx context.Context, d time.Duration) {
	d = time.Duration(float64(d) * c.scale * (0.75 + rand.Float64()/2))
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	case <-c.hurry:
	}
}

// later runs the work of a service after its answer. It reports false, and runs
// nothing, where the cloud is closing.
func (c *Cloud) later(ctx context.Context, job func(context.Context)) bool {
	if !c.jobs.enter() {
		return false
	}
	ctx = context.WithoutCancel(ctx)
	go func() {
		defer c.jobs.leave()
		job(ctx)
	}()
	return true
}
