// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/config"
	"github.com/gophercloud/gophercloud/v2/openstack/config/clouds"
	"go.yaml.in/yaml/v3"

	"github.com/ostrace/ostrace/cmd/ostrace/internal/doctor"
	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/internal/endpoint"
)

// authTimeout bounds the time in which the identity service must answer.
const authTimeout = time.Minute

// authenticate gets a new token from the cloud that the command line or the
// environment names.
func (d *diagnosis) authenticate(ctx context.Context, key hmac.Key) (*doctor.Cloud, error) {
	auth, where, config, err := d.credentials()
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(auth.IdentityEndpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("the address of the identity service is %q, which does not begin with http:// or https:// and a host: check OS_AUTH_URL or auth_url in clouds.yaml",
			endpoint.Redact(auth.IdentityEndpoint))
	}
	provider, err := newProvider(ctx, auth, config)
	if err != nil {
		return nil, fmt.Errorf("the identity service at %s gave no token: %w", endpoint.Redact(auth.IdentityEndpoint), explained(err))
	}
	return &doctor.Cloud{Provider: provider, Endpoint: where, Key: key}, nil
}

func newProvider(ctx context.Context, auth gophercloud.AuthOptions, tlsConfig *tls.Config) (*gophercloud.ProviderClient, error) {
	ctx, cancel := context.WithTimeout(ctx, authTimeout)
	defer cancel()
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = tlsConfig
	return config.NewProviderClient(ctx, auth, config.WithHTTPClient(http.Client{Transport: transport}))
}

// explained returns the error about a refused user without the body of the answer.
func explained(err error) error {
	if gophercloud.ResponseCodeIs(err, http.StatusUnauthorized) {
		return errors.New("it refuses the user: check the credentials in clouds.yaml or OS_*")
	}
	return err
}

// credentials reads clouds.yaml or the environment.
func (d *diagnosis) credentials() (auth gophercloud.AuthOptions, where gophercloud.EndpointOpts, config *tls.Config, err error) {
	if name := cmp.Or(d.cloud, os.Getenv("OS_CLOUD")); name != "" {
		auth, where, config, err = parseCloud(clouds.WithCloudName(name))
		if err != nil {
			err = fmt.Errorf("%w; check --os-cloud or OS_CLOUD, and the file (OS_CLIENT_CONFIG_FILE names another one)", err)
		}
	} else {
		var text string
		if text, err = cloudOfEnvironment(); err != nil {
			return auth, where, config, err
		}
		auth, where, config, err = parseCloud(clouds.WithCloudName("environment"), clouds.WithCloudsYAML(strings.NewReader(text)))
		if err != nil {
			err = fmt.Errorf("%w; check the variables OS_*", err)
		}
	}
	if err != nil {
		return auth, where, config, err
	}
	if config == nil {
		config = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	config.InsecureSkipVerify = config.InsecureSkipVerify || d.insecure
	settle(&auth)
	return auth, where, config, nil
}

// openrc are the variables of an openrc file, and the members of auth in clouds.yaml
// that have the same meaning. OS_REGION_NAME, OS_INTERFACE, OS_CACERT, OS_CERT and
// OS_KEY are read by gophercloud itself.
var openrc = map[string]string{
	"OS_AUTH_URL": "auth_url", "OS_USERNAME": "username", "OS_USER_ID": "user_id", "OS_PASSWORD": "password", "OS_TOKEN": "token",
	"OS_PROJECT_NAME": "project_name", "OS_PROJECT_ID": "project_id", "OS_SYSTEM_SCOPE": "system_scope",
	"OS_USER_DOMAIN_NAME": "user_domain_name", "OS_USER_DOMAIN_ID": "user_domain_id",
	"OS_PROJECT_DOMAIN_NAME": "project_domain_name", "OS_PROJECT_DOMAIN_ID": "project_domain_id",
	"OS_DOMAIN_NAME": "domain_name", "OS_DOMAIN_ID": "domain_id",
	"OS_APPLICATION_CREDENTIAL_ID": "application_credential_id", "OS_APPLICATION_CREDENTIAL_NAME": "application_credential_name",
	"OS_APPLICATION_CREDENTIAL_SECRET": "application_credential_secret",
}

// cloudOfEnvironment returns a clouds.yaml whose cloud "environment" is that of the
// environment.
func cloudOfEnvironment() (string, error) {
	if os.Getenv("OS_AUTH_URL") == "" {
		return "", errors.New("which cloud? source its openrc file, set OS_CLOUD, or give --os-cloud NAME; --store-only looks at the store alone")
	}
	auth := map[string]string{}
	for variable, member := range openrc {
		if value := os.Getenv(variable); value != "" {
			auth[member] = value
		}
	}
	text, err := yaml.Marshal(map[string]any{"clouds": map[string]any{"environment": map[string]any{"auth": auth}}})
	return string(text), err
}

// settle removes options that gophercloud does not accept together: an id is
// preferred to a name, and a domain belongs only to a name.
func settle(auth *gophercloud.AuthOptions) {
	if auth.UserID != "" {
		auth.Username, auth.DomainID, auth.DomainName = "", "", ""
	} else if auth.DomainID != "" {
		auth.DomainName = ""
	}
	if scope := auth.Scope; scope != nil && scope.DomainID != "" {
		scope.DomainName = ""
	}
}
