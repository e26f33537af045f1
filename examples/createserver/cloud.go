// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/config/clouds"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/tokens"

	"github.com/ostrace/ostrace/gophercloudtrace"
	"github.com/ostrace/ostrace/internal/endpoint"
	"github.com/ostrace/ostrace/internal/simcloud"
	"github.com/ostrace/ostrace/propagation"
)

// cloud is the cloud on which the server is created.
type cloud struct {
	simulated bool
	auth      gophercloud.AuthOptions
	endpoint  gophercloud.EndpointOpts
	tls       *tls.Config
}

// simulatedKey is the key for the simulated cloud where the user gives none.
const simulatedKey = "SECRET_KEY"

// chooseCloud finds the cloud that the command line or the environment names,
// before the program sends anything.
func chooseCloud(o *options) (*cloud, error) {
	c := &cloud{}
	var err error
	switch {
	case o.cloud != "":
		if err = c.parse(o.cloud); err != nil {
			return nil, fmt.Errorf("%w; check --os-cloud or OS_CLOUD, and the file (OS_CLIENT_CONFIG_FILE names another one)", err)
		}
	case cloudInEnvironment():
		if c.auth, err = authFromEnvironment(); err != nil {
			return nil, err
		}
		if c.endpoint, c.tls, err = endpointFromEnvironment(); err != nil {
			return nil, err
		}
	default:
		c.simulated = true
		return c, o.fillIn()
	}
	if missing := o.missing(); len(missing) > 0 {
		return nil, usageError{fmt.Errorf("on a real cloud %s must be given"+seeHelp, strings.Join(missing, ", "))}
	}
	if u, err := url.Parse(c.auth.IdentityEndpoint); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("the identity service's address %q does not begin with http:// or https:// and a host: %s", endpoint.Redact(c.auth.IdentityEndpoint), checkAddress)
	}
	settle(&c.auth)
	c.auth.AllowReauth = c.auth.TokenID == ""
	return c, nil
}

// parse reads the cloud with a name in clouds.yaml.
func (c *cloud) parse(name string) (err error) {
	defer func() {
		if recover() != nil { // gophercloud 2.15 panics
			err = fmt.Errorf("cloud %q has no auth in clouds.yaml", name)
		}
	}()
	c.auth, c.endpoint, c.tls, err = clouds.Parse(clouds.WithCloudName(name))
	return err
}

// work does the command's work on this cloud, and returns the id of the server
// that it created.
func (c *cloud) work(ctx context.Context, o *options, spans *telemetry, p *progress) (serverID string, err error) {
	if c.simulated {
		simulated, err := simulate(ctx, spans)
		if err != nil {
			return "", err
		}
		// This waits for the work that services do after their answers, so that
		// it is in the trace.
		defer func() { err = both(err, simulated.Close()) }()
		c.auth = simulated.AuthOptions()
		p.say("no cloud is named (OS_CLOUD, --os-cloud, OS_AUTH_URL …), so this is a simulated one")
	}
	ctx, cancel := context.WithTimeoutCause(ctx, o.timeout, fmt.Errorf("--timeout %s has passed; give a longer one", o.timeout))
	defer cancel()
	client, err := c.authenticate(ctx)
	if err != nil {
		return "", err
	}
	return (&servers{client: client, endpoint: c.endpoint, progress: p}).createAndDelete(ctx, o)
}

// simulate starts a cloud that is traced with the command's own key.
func simulate(ctx context.Context, spans *telemetry) (*simcloud.Cloud, error) {
	opts := []simcloud.Option{simcloud.WithHMACKeys(propagation.ProfilerFromContext(ctx).Key)}
	for _, processor := range spans.processors {
		opts = append(opts, simcloud.WithSpanProcessor(borrowed{processor}))
	}
	return simcloud.Start(opts...)
}

func (c *cloud) authenticate(ctx context.Context) (*gophercloud.ProviderClient, error) {
	command := ctx
	ctx, end := step(ctx, "authenticate")
	client, err := openstack.NewClient(c.auth.IdentityEndpoint)
	if err != nil {
		return nil, end(fmt.Errorf("the identity service's address can't be used: %w", err))
	}
	if c.tls != nil {
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.TLSClientConfig = c.tls
		client.HTTPClient.Transport = transport
	}
	client.UserAgent.Prepend("ostrace-createserver")
	gophercloudtrace.Instrument(client, gophercloudtrace.WithContext(command))
	if err := openstack.Authenticate(ctx, client, c.auth); err != nil {
		return nil, end(explainAuth(ctx, endpoint.Redact(c.auth.IdentityEndpoint), err))
	}
	return client, end(nil)
}

// within returns the client after it has given it ctx for the requests for the
// services' versions. gophercloud makes these with context.TODO, so that
// neither Ctrl-C nor --timeout would end them, and no step would have them.
func within(ctx context.Context, client *gophercloud.ProviderClient) *gophercloud.ProviderClient {
	if result, ok := client.GetAuthResult().(tokens.CreateResult); ok {
		if catalog, err := result.ExtractServiceCatalog(); err == nil {
			client.EndpointLocator = func(opts gophercloud.EndpointOpts) (string, error) {
				return openstack.V3Endpoint(ctx, client, catalog, opts)
			}
		}
	}
	return client
}
