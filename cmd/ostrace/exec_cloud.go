// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/config/clouds"

	"github.com/ostrace/ostrace/cmd/ostrace/internal/environment"
	"github.com/ostrace/ostrace/internal/endpoint"
)

type proxyFunc = func(*url.URL) (*url.URL, error)

// execCloud is the cloud whose requests are traced.
type execCloud struct {
	identityEndpoint string
	url              *url.URL
	certificates     []tls.Certificate // the client's
	notes            []string
}

// chooseCloud finds the cloud that the command line or the environment names.
func (e *execution) chooseCloud() (*execCloud, error) {
	c := &execCloud{identityEndpoint: e.authURL}
	source := "--os-auth-url"
	name := cmp.Or(e.cloud, os.Getenv("OS_CLOUD"))
	if c.identityEndpoint == "" && name == "" {
		c.identityEndpoint, source = os.Getenv("OS_AUTH_URL"), "OS_AUTH_URL"
	}
	switch {
	case name != "":
		auth, _, config, err := parseCloud(clouds.WithCloudName(name))
		switch {
		case c.identityEndpoint != "" && err != nil: // --os-auth-url is enough
		case err != nil:
			return nil, fmt.Errorf("%w; check --os-cloud or OS_CLOUD, and the file (OS_CLIENT_CONFIG_FILE names another one), or give --os-auth-url", err)
		case c.identityEndpoint == "":
			c.identityEndpoint, source = auth.IdentityEndpoint, fmt.Sprintf("auth_url of the cloud %q in clouds.yaml", name)
		}
		if config != nil {
			c.certificates = config.Certificates
		}
	case c.identityEndpoint == "":
		return nil, errors.New("which cloud? source its openrc file, set OS_CLOUD, or give --os-cloud NAME or --os-auth-url URL")
	case os.Getenv("OS_CERT") != "" && os.Getenv("OS_KEY") != "":
		certificate, err := tls.LoadX509KeyPair(os.Getenv("OS_CERT"), os.Getenv("OS_KEY"))
		if err != nil {
			return nil, fmt.Errorf("the client's certificate can't be read: %w; check OS_CERT and OS_KEY", err)
		}
		c.certificates = []tls.Certificate{certificate}
	}
	u, err := url.Parse(c.identityEndpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("%s is %q, which does not begin with http:// or https:// and a host", source, endpoint.Redact(c.identityEndpoint))
	}
	c.url = u
	return c, nil
}

// parseCloud reads a cloud of clouds.yaml.
func parseCloud(opts ...clouds.ParseOption) (auth gophercloud.AuthOptions, where gophercloud.EndpointOpts, config *tls.Config, err error) {
	defer func() {
		if recover() != nil { // gophercloud 2.15 panics
			err = errors.New("the cloud has no auth in clouds.yaml")
		}
	}()
	return clouds.Parse(opts...)
}

// tlsConfig returns the configuration that verifies the cloud's servers, with the
// certificates that the program would have trusted.
func (c *execCloud) tlsConfig(roots *environment.Roots, insecure bool) *tls.Config {
	return &tls.Config{
		RootCAs:            roots.Pool(),
		Certificates:       c.certificates,
		InsecureSkipVerify: insecure, //nolint:gosec // the user asked for it
		MinVersion:         tls.VersionTLS12,
	}
}

// isLoopback reports whether the cloud is at a loopback address. Some programs
// never send requests for such an address to a proxy.
func (c *execCloud) isLoopback() bool {
	host := c.url.Hostname()
	return host == "localhost" || strings.HasPrefix(host, "127.") || host == "::1"
}
