package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/config/clouds"

	"github.com/ostrace/ostrace/gophercloudtrace"
	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/internal/simcloud"
)

// cloud is where the server is to be created.
type cloud struct {
	simulated bool
	auth      gophercloud.AuthOptions
	endpoint  gophercloud.EndpointOpts
	tls       *tls.Config
}

// simulatedKey is the simulated cloud's one key.
const simulatedKey = "SECRET_KEY"

// chooseCloud finds the cloud that the command line or the environment names,
// before anything is sent anywhere.
func chooseCloud(o *options) (*cloud, error) {
	c := &cloud{}
	switch {
	case o.cloud != "":
		var err error
		if c.auth, c.endpoint, c.tls, err = clouds.Parse(clouds.WithCloudName(o.cloud)); err != nil {
			return nil, fmt.Errorf("cloud %q can't be used: %w", o.cloud, err)
		}
	case cloudInEnvironment():
		var err error
		if c.auth, err = authFromEnvironment(); err != nil {
			return nil, err
		}
		c.endpoint.Region = os.Getenv("OS_REGION_NAME")
	default:
		c.simulated = true
		if o.image == "" {
			o.image = "tiny"
		}
		if o.flavor == "" {
			o.flavor = "m1.nano"
		}
		if o.network == "" {
			o.network = "net1"
		}
		if !o.profile.Given() {
			if err := o.profile.KeyFlag().Set(simulatedKey); err != nil {
				return nil, err
			}
		}
		return c, nil
	}
	var missing []string
	for _, flag := range []struct{ name, value string }{{"--image", o.image}, {"--flavor", o.flavor}, {"--network", o.network}} {
		if flag.value == "" {
			missing = append(missing, flag.name)
		}
	}
	if len(missing) > 0 {
		return nil, usageError{fmt.Errorf("on a real cloud %s must be given"+seeHelp, strings.Join(missing, ", "))}
	}
	c.auth.AllowReauth = true
	return c, nil
}

// work does what the command is for, on this cloud, and returns the id of the
// server that it created.
func (c *cloud) work(ctx context.Context, o *options, spans *telemetry, p *progress) (serverID string, err error) {
	if c.simulated {
		key, err := hmac.NewKey(simulatedKey)
		if err != nil {
			return "", err
		}
		opts := []simcloud.Option{simcloud.WithHMACKeys(key)}
		for _, processor := range spans.processors {
			opts = append(opts, simcloud.WithSpanProcessor(borrowed{processor}))
		}
		simulated, err := simcloud.Start(opts...)
		if err != nil {
			return "", err
		}
		defer func() { err = errors.Join(err, simulated.Close()) }()
		c.auth = simulated.AuthOptions()
		p.say("no cloud is named (OS_CLOUD, --os-cloud, OS_AUTH_URL …), so this is a simulated one")
	}
	client, err := c.authenticate(ctx)
	if err != nil {
		return "", err
	}
	return (&servers{client, c.endpoint, p}).createAndDelete(ctx, o)
}

func (c *cloud) authenticate(ctx context.Context) (*gophercloud.ProviderClient, error) {
	command := ctx
	ctx, end := step(ctx, "authenticate")
	client, err := openstack.NewClient(c.auth.IdentityEndpoint)
	if err != nil {
		return nil, end(fmt.Errorf("the identity service's address %q can't be used: %w", c.auth.IdentityEndpoint, err))
	}
	if c.tls != nil {
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.TLSClientConfig = c.tls
		client.HTTPClient.Transport = transport
	}
	client.UserAgent.Prepend("ostrace-createserver")
	gophercloudtrace.Instrument(client, gophercloudtrace.WithContext(command))
	if err := openstack.Authenticate(ctx, client, c.auth); err != nil {
		return nil, end(explainAuth(err, c.auth.IdentityEndpoint))
	}
	return client, end(nil)
}

// Variables that name a cloud or who one is there. OS_PROFILE is not one of
// them.
var environmentVariables = []string{
	"OS_AUTH_URL", "OS_USERNAME", "OS_USER_ID", "OS_PASSWORD", "OS_PROJECT_NAME", "OS_PROJECT_ID",
	"OS_APPLICATION_CREDENTIAL_ID", "OS_APPLICATION_CREDENTIAL_NAME", "OS_APPLICATION_CREDENTIAL_SECRET",
}

func cloudInEnvironment() bool {
	for _, name := range environmentVariables {
		if os.Getenv(name) != "" {
			return true
		}
	}
	return false
}

// authFromEnvironment reads the variables of an openrc file of the Identity API
// version 3.
func authFromEnvironment() (gophercloud.AuthOptions, error) {
	env := os.Getenv
	auth := gophercloud.AuthOptions{
		IdentityEndpoint:            env("OS_AUTH_URL"),
		Username:                    env("OS_USERNAME"),
		UserID:                      env("OS_USER_ID"),
		Password:                    env("OS_PASSWORD"),
		DomainName:                  env("OS_USER_DOMAIN_NAME"),
		DomainID:                    env("OS_USER_DOMAIN_ID"),
		ApplicationCredentialID:     env("OS_APPLICATION_CREDENTIAL_ID"),
		ApplicationCredentialName:   env("OS_APPLICATION_CREDENTIAL_NAME"),
		ApplicationCredentialSecret: env("OS_APPLICATION_CREDENTIAL_SECRET"),
	}
	byCredential := auth.ApplicationCredentialID != "" || auth.ApplicationCredentialName != ""
	var missing []string
	need := func(names string, given bool) {
		if !given {
			missing = append(missing, names)
		}
	}
	need("OS_AUTH_URL", auth.IdentityEndpoint != "")
	if byCredential {
		need("OS_APPLICATION_CREDENTIAL_SECRET", auth.ApplicationCredentialSecret != "")
	}
	if !byCredential || auth.ApplicationCredentialID == "" {
		need("OS_USERNAME or OS_USER_ID", auth.Username != "" || auth.UserID != "")
		need("OS_USER_DOMAIN_NAME or OS_USER_DOMAIN_ID", auth.Username == "" || auth.DomainName != "" || auth.DomainID != "")
	}
	if !byCredential {
		need("OS_PASSWORD", auth.Password != "")
		scope := &gophercloud.AuthScope{ProjectID: env("OS_PROJECT_ID")}
		if scope.ProjectID == "" {
			scope.ProjectName, scope.DomainName, scope.DomainID = env("OS_PROJECT_NAME"), env("OS_PROJECT_DOMAIN_NAME"), env("OS_PROJECT_DOMAIN_ID")
			need("OS_PROJECT_NAME or OS_PROJECT_ID", scope.ProjectName != "")
			need("OS_PROJECT_DOMAIN_NAME or OS_PROJECT_DOMAIN_ID", scope.ProjectName == "" || scope.DomainName != "" || scope.DomainID != "")
		}
		auth.Scope = scope
	}
	if len(missing) > 0 {
		return auth, fmt.Errorf("the environment names a cloud only in part: %s not set; source the cloud's openrc file, or use --os-cloud", strings.Join(missing, ", "))
	}
	if auth.DomainID != "" {
		auth.DomainName = ""
	}
	if auth.Scope != nil && auth.Scope.DomainID != "" {
		auth.Scope.DomainName = ""
	}
	return auth, nil
}
