// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ostrace/ostrace/internal/simcloud"
)

func TestEnvironmentInPart(t *testing.T) {
	for name, test := range map[string]struct {
		env  []string
		want []string
	}{
		"no address":            {[]string{"OS_AUTH_URL"}, []string{"not set: OS_AUTH_URL)"}},
		"no password":           {[]string{"OS_PASSWORD"}, []string{"not set: OS_PASSWORD)", "openrc", "--os-cloud"}},
		"no user, no project":   {[]string{"OS_USERNAME", "OS_PROJECT_NAME"}, []string{"not set: OS_USERNAME or OS_USER_ID, OS_PROJECT_NAME or OS_PROJECT_ID)"}},
		"no domains":            {[]string{"OS_USER_DOMAIN_NAME", "OS_PROJECT_DOMAIN_NAME"}, []string{"not set: OS_USER_DOMAIN_NAME or OS_USER_DOMAIN_ID, OS_PROJECT_DOMAIN_NAME or OS_PROJECT_DOMAIN_ID)"}},
		"credential, no secret": {[]string{"OS_APPLICATION_CREDENTIAL_ID=x"}, []string{"not set: OS_APPLICATION_CREDENTIAL_SECRET)"}},
		"secret, no credential": {[]string{"OS_APPLICATION_CREDENTIAL_SECRET=x"}, []string{"not set: OS_APPLICATION_CREDENTIAL_ID or OS_APPLICATION_CREDENTIAL_NAME)"}},
		"credential, no user": {[]string{"OS_APPLICATION_CREDENTIAL_NAME=x", "OS_APPLICATION_CREDENTIAL_SECRET=y", "OS_USERNAME", "OS_PASSWORD", "OS_PROJECT_NAME"},
			[]string{"not set: OS_USERNAME or OS_USER_ID)"}},
		"no scheme":      {[]string{"OS_AUTH_URL=127.0.0.1:5000/v3"}, []string{`"127.0.0.1:5000/v3" does not begin with http://`, "OS_AUTH_URL"}},
		"another scheme": {[]string{"OS_AUTH_URL=localhost:5000/v3"}, []string{`"localhost:5000/v3" does not begin with http://`}},
		"no certificate": {[]string{"OS_CACERT=/nonexistent/ca"}, []string{"/nonexistent/ca", "OS_CACERT"}},
	} {
		t.Run(name, func(t *testing.T) {
			cloud := realCloud(t)
			setenv(t, test.env...)
			r := execute(t.Context(), t, wanted...)
			r.failed(t, 1, test.want...)
			if n := len(cloud.Requests()); n != 0 || r.stdout != "" {
				t.Errorf("%d requests; stdout %q", n, r.stdout)
			}
		})
	}
}

// Ids are preferred to names, and variables with names do not disturb them.
func TestEnvironmentWithIDs(t *testing.T) {
	cloud := realCloud(t)
	setenv(t, "OS_USER_ID=3ee33ea2ad4f4c8b9c9f1f0cbf9cf2bb", "OS_PROJECT_ID=7c1f9a3f4d3b4c0c8e5f0c2d9a6b1e44", "OS_INTERFACE=internal")
	execute(t.Context(), t, wanted...).succeeded(t)
	setenv(t, "OS_USERNAME", "OS_PROJECT_NAME", "OS_PROJECT_DOMAIN_NAME")
	execute(t.Context(), t, wanted...).succeeded(t)
	setenv(t, "OS_AUTH_URL="+strings.TrimSuffix(cloud.AuthURL(), "/v3"), "OS_REGION_NAME")
	execute(t.Context(), t, wanted...).succeeded(t)
}

// An application credential is preferred to a password that is set as well.
func TestApplicationCredential(t *testing.T) {
	for name, test := range map[string]struct{ env, want []string }{
		"by id":              {[]string{"OS_APPLICATION_CREDENTIAL_ID=the-id"}, []string{`"id":"the-id"`, `"secret":"the-secret"`}},
		"by name and user":   {[]string{"OS_APPLICATION_CREDENTIAL_NAME=the-name"}, []string{`"name":"the-name"`, `"secret":"the-secret"`, `"domain":{"name":"Default"}`}},
		"without a password": {[]string{"OS_APPLICATION_CREDENTIAL_ID=the-id", "OS_USERNAME", "OS_PASSWORD", "OS_PROJECT_NAME"}, []string{`"id":"the-id"`}},
	} {
		t.Run(name, func(t *testing.T) {
			cloud := realCloud(t)
			setenv(t, append(test.env, "OS_APPLICATION_CREDENTIAL_SECRET=the-secret")...)
			sent := ""
			cloud.Intercept(func(service string, w http.ResponseWriter, r *http.Request) bool {
				if service != "identity" {
					return false
				}
				body := make([]byte, 4096)
				n, _ := r.Body.Read(body)
				sent = string(body[:n])
				answer(w, 401, `{}`)
				return true
			})
			execute(t.Context(), t, wanted...).failed(t, 1, "application credential")
			for _, text := range append(test.want, `"methods":["application_credential"]`) {
				if !strings.Contains(sent, text) {
					t.Errorf("%s does not have %s", sent, text)
				}
			}
			if strings.Contains(sent, `"password"`) || strings.Contains(sent, `"scope"`) {
				t.Errorf("%s has more than the credential", sent)
			}
		})
	}
}

// cloudsYAML writes a clouds.yaml for the cloud to a directory of its own. The
// environment names only that file.
func cloudsYAML(t *testing.T, cloud *simcloud.Cloud, more string) string {
	t.Helper()
	auth := cloud.AuthOptions()
	setenv(t, "OS_AUTH_URL", "OS_USERNAME", "OS_PASSWORD", "OS_PROJECT_NAME", "OS_USER_DOMAIN_NAME", "OS_PROJECT_DOMAIN_NAME", "OS_REGION_NAME")
	file := filepath.Join(t.TempDir(), "clouds.yaml")
	text := fmt.Sprintf(`clouds:
  mine:
    region_name: RegionOne
    auth:
      auth_url: %s
      username: %s
      password: %s
      project_name: %s
      user_domain_name: %s
      project_domain_name: %s
%s`, cloud.AuthURL(), auth.Username, auth.Password, auth.TenantName, auth.DomainName, auth.DomainName, more)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestCloudsYAML(t *testing.T) {
	for name, test := range map[string]struct {
		env, args []string
	}{
		"flag":                         {nil, []string{"--os-cloud", "mine"}},
		"environment":                  {[]string{"OS_CLOUD=mine"}, nil},
		"flag before the environment":  {[]string{"OS_CLOUD=other"}, []string{"--os-cloud", "mine"}},
		"cloud before other variables": {[]string{"OS_CLOUD=mine", "OS_AUTH_URL=http://127.0.0.1:1/v3", "OS_USERNAME=x"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			cloud := realCloud(t)
			setenv(t, "OS_CLIENT_CONFIG_FILE="+cloudsYAML(t, cloud, ""))
			setenv(t, test.env...)
			execute(t.Context(), t, with(test.args...)...).succeeded(t)
			if len(outside(cloud, http.MethodPost, serversPath)) != 1 {
				t.Error("the server was created somewhere else")
			}
		})
	}
}

// A clouds.yaml in the current directory needs no variable.
func TestCloudsYAMLHere(t *testing.T) {
	cloud := realCloud(t)
	t.Chdir(filepath.Dir(cloudsYAML(t, cloud, "")))
	execute(t.Context(), t, with("--os-cloud", "mine")...).succeeded(t)
}

func TestCloudsYAMLUnusable(t *testing.T) {
	const more = `
  empty: {}
  nowhere:
    auth: {username: x, password: y, project_name: z, user_domain_name: d, project_domain_name: d}
  nobody:
    auth: {auth_url: "http://127.0.0.1:1/v3"}
`
	for name, test := range map[string]struct {
		cloud string
		want  []string
	}{
		"unknown":      {"other", []string{`cloud "other" not found in clouds.yaml`, "--os-cloud or OS_CLOUD"}},
		"without auth": {"empty", []string{`cloud "empty" has no auth in clouds.yaml`}},
		"no address":   {"nowhere", []string{`address ""`, "auth_url in clouds.yaml"}},
		"no password":  {"nobody", []string{"http://127.0.0.1:1/v3", "password", "clouds.yaml"}},
	} {
		t.Run(name, func(t *testing.T) {
			cloud := realCloud(t)
			setenv(t, "OS_CLIENT_CONFIG_FILE="+cloudsYAML(t, cloud, more), "OS_CLOUD="+test.cloud)
			execute(t.Context(), t, wanted...).failed(t, 1, test.want...)
			if len(cloud.Requests()) != 0 {
				t.Error("requests were sent")
			}
		})
	}
	t.Run("no file", func(t *testing.T) {
		realCloud(t)
		setenv(t, "OS_CLIENT_CONFIG_FILE=/nonexistent/clouds.yaml")
		execute(t.Context(), t, with("--os-cloud", "mine")...).failed(t, 1, "/nonexistent/clouds.yaml", "OS_CLIENT_CONFIG_FILE")
	})
	t.Run("no YAML", func(t *testing.T) {
		cloud := realCloud(t)
		setenv(t, "OS_CLIENT_CONFIG_FILE="+cloudsYAML(t, cloud, "  other: [\n  x: 1\n: y"), "OS_CLOUD=mine")
		execute(t.Context(), t, wanted...).failed(t, 1, "yaml", "OS_CLIENT_CONFIG_FILE")
	})
}
