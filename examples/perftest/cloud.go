// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/config/clouds"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/internal/simcloud"
)

// cloud is the cloud on which the scenarios run.
type cloud struct {
	simulated bool
	auth      gophercloud.AuthOptions
	endpoint  gophercloud.EndpointOpts
	tls       *tls.Config
}

// chooseCloud finds the cloud that the command line or the environment names,
// before the program sends anything.
func chooseCloud(o *options) (*cloud, error) {
	c := &cloud{}
	var err error
	switch {
	case o.cloud != "":
		if err = c.parse(clouds.WithCloudName(o.cloud)); err != nil {
			return nil, fmt.Errorf("%w; check --os-cloud or OS_CLOUD, and the file (OS_CLIENT_CONFIG_FILE names another one)", err)
		}
	case os.Getenv("OS_AUTH_URL") != "":
		if err = c.parse(clouds.WithCloudName("environment"), clouds.WithCloudsYAML(fromEnvironment())); err != nil {
			return nil, fmt.Errorf("%w; check the OS_ variables", err)
		}
	default:
		c.simulated = true
		if !o.profile.Given() {
			return c, o.profile.KeyFlag().Set("SECRET_KEY")
		}
		return c, nil
	}
	if !o.profile.Given() {
		return nil, usageError{errors.New("on a real cloud --os-profile, --os-profile-file or OS_PROFILE must be given: the requests of the mode traced are signed with that key" + seeHelp)}
	}
	c.auth.AllowReauth = c.auth.TokenID == ""
	return c, nil
}

// parse reads a cloud in a clouds.yaml.
func (c *cloud) parse(opts ...clouds.ParseOption) (err error) {
	defer func() {
		if recover() != nil { // gophercloud 2.15 panics
			err = errors.New("the cloud has no auth in clouds.yaml")
		}
	}()
	c.auth, c.endpoint, c.tls, err = clouds.Parse(opts...)
	return err
}

// fromEnvironment returns a clouds.yaml with the cloud that the variables of an
// openrc file name. It is JSON, which is YAML too.
func fromEnvironment() *strings.Reader {
	auth := map[string]string{}
	for _, name := range []string{
		"auth_url", "username", "user_id", "password", "user_domain_name", "user_domain_id",
		"project_name", "project_id", "project_domain_name", "project_domain_id",
		"application_credential_id", "application_credential_name", "application_credential_secret", "token",
	} {
		if value := os.Getenv("OS_" + strings.ToUpper(name)); value != "" {
			auth[name] = value
		}
	}
	text, _ := json.Marshal(map[string]any{"clouds": map[string]any{"environment": map[string]any{"auth": auth}}}) // strings never fail
	return strings.NewReader(string(text))
}

// simulate starts a simulated cloud that has the key, and returns the function
// that stops it.
func (c *cloud) simulate(key hmac.Key) (stop func() error, err error) {
	simulated, err := simcloud.Start(append(simulation, simcloud.WithHMACKeys(key), simcloud.WithSpanProcessor(discard{}))...)
	if err != nil {
		return nil, err
	}
	c.auth, c.endpoint = simulated.AuthOptions(), gophercloud.EndpointOpts{Region: "RegionOne"}
	return simulated.Close, nil
}

// simulation has more options of the simulated cloud. It is a variable for the
// tests.
var simulation []simcloud.Option

// transport returns a new transport, which has connections of its own.
func (c *cloud) transport() *http.Transport {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if c.tls != nil {
		transport.TLSClientConfig = c.tls
	}
	return transport
}
