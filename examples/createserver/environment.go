// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/tls"
	"fmt"
	"os"
	"strings"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/config/clouds"
)

// These variables name a cloud, or the user there. OS_PROFILE is not one of
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
// version 3 that have the user's credentials.
func authFromEnvironment() (gophercloud.AuthOptions, error) {
	env := os.Getenv
	var missing []string
	need := func(names string, given bool) {
		if !given {
			missing = append(missing, names)
		}
	}
	auth := gophercloud.AuthOptions{IdentityEndpoint: env("OS_AUTH_URL")}
	need("OS_AUTH_URL", auth.IdentityEndpoint != "")

	id, name, secret := env("OS_APPLICATION_CREDENTIAL_ID"), env("OS_APPLICATION_CREDENTIAL_NAME"), env("OS_APPLICATION_CREDENTIAL_SECRET")
	byCredential := id != "" || name != "" || secret != ""
	if byCredential {
		// An application credential is for one project, and is preferred to a
		// password.
		need("OS_APPLICATION_CREDENTIAL_ID or OS_APPLICATION_CREDENTIAL_NAME", id != "" || name != "")
		need("OS_APPLICATION_CREDENTIAL_SECRET", secret != "")
		auth.ApplicationCredentialID, auth.ApplicationCredentialName, auth.ApplicationCredentialSecret = id, name, secret
	}
	if !byCredential || id == "" && name != "" {
		auth.UserID, auth.Username = env("OS_USER_ID"), env("OS_USERNAME")
		auth.DomainID, auth.DomainName = env("OS_USER_DOMAIN_ID"), env("OS_USER_DOMAIN_NAME")
		need("OS_USERNAME or OS_USER_ID", auth.UserID != "" || auth.Username != "")
		need("OS_USER_DOMAIN_NAME or OS_USER_DOMAIN_ID", auth.UserID != "" || auth.Username == "" || auth.DomainID != "" || auth.DomainName != "")
	}
	if !byCredential {
		auth.Password = env("OS_PASSWORD")
		need("OS_PASSWORD", auth.Password != "")
		auth.Scope = &gophercloud.AuthScope{ProjectID: env("OS_PROJECT_ID")}
		if auth.Scope.ProjectID == "" {
			auth.Scope.ProjectName = env("OS_PROJECT_NAME")
			auth.Scope.DomainID, auth.Scope.DomainName = env("OS_PROJECT_DOMAIN_ID"), env("OS_PROJECT_DOMAIN_NAME")
			need("OS_PROJECT_NAME or OS_PROJECT_ID", auth.Scope.ProjectName != "")
			need("OS_PROJECT_DOMAIN_NAME or OS_PROJECT_DOMAIN_ID", auth.Scope.ProjectName == "" || auth.Scope.DomainID != "" || auth.Scope.DomainName != "")
		}
	}
	if len(missing) > 0 {
		return auth, fmt.Errorf("the environment does not fully name a cloud (not set: %s): source the cloud's openrc file, or use --os-cloud", strings.Join(missing, ", "))
	}
	return auth, nil
}

// endpointFromEnvironment reads OS_REGION_NAME, OS_INTERFACE, OS_CACERT, OS_CERT
// and OS_KEY, as gophercloud does for a cloud of clouds.yaml.
func endpointFromEnvironment() (gophercloud.EndpointOpts, *tls.Config, error) {
	_, endpoint, config, err := clouds.Parse(clouds.WithCloudName("environment"),
		clouds.WithCloudsYAML(strings.NewReader("clouds: {environment: {auth: {}}}")))
	if err != nil {
		err = fmt.Errorf("%w; check OS_CACERT, OS_CERT and OS_KEY", err)
	}
	return endpoint, config, err
}

// settle removes options that gophercloud does not accept together: an id is
// preferred to a name, and a domain belongs only to a name.
func settle(auth *gophercloud.AuthOptions) {
	switch {
	case auth.UserID != "":
		auth.Username, auth.DomainID, auth.DomainName = "", "", ""
	case auth.DomainID != "":
		auth.DomainName = ""
	}
	if scope := auth.Scope; scope != nil && scope.DomainID != "" {
		scope.DomainName = ""
	}
}
