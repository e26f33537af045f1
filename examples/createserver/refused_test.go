// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ostrace/ostrace/internal/simcloud"
)

// Whatever the cloud refuses, the program says in one line what and why, and
// draws the trace so far. No server is left.
func TestRefused(t *testing.T) {
	tests := map[string]struct {
		args    []string
		env     []string
		prepare func(*simcloud.Cloud)
		want    []string
		drawn   string
	}{
		"no such image": {
			args: with("--image", "nix"), want: []string{`there is no image "nix"; the cloud has tiny, twins`}, drawn: "find image",
		},
		"twin images": {
			args:  with("--image", "twins"),
			want:  []string{`there are 2 images "twins"`, "22222222-5c1d-4b6e-9a40-0f2f3a6d1c02, 33333333-5c1d-4b6e-9a40-0f2f3a6d1c03"},
			drawn: "find image",
		},
		"an image with a path": {
			args: with("--image", "../flavors?x#y%zz\x1b[2J\n"), want: []string{"there is no image", "tiny"}, drawn: "find image",
		},
		"no such flavor": {
			args: with("--flavor", "huge"), want: []string{`there is no flavor "huge"; the cloud has m1.nano, m1.toobig`}, drawn: "find flavor",
		},
		"a flavor that is a word of the API": {
			args: with("--flavor", "detail"), want: []string{`there is no flavor "detail"; the cloud has m1.nano, m1.toobig`}, drawn: "find flavor",
		},
		"a flavor that is a way up": {
			args: with("--flavor", ".."), want: []string{`there is no flavor ".."`}, drawn: "find flavor",
		},
		"no such network": {
			args: with("--network", "nix"), want: []string{`there is no network "nix"; the cloud has net1`}, drawn: "find network",
		},
		"no network at all": {
			args: wanted, want: []string{`there is no network "net1", and there are no others`}, drawn: "find network",
			prepare: intercept(func(service string, r *http.Request) bool { return r.URL.Path == "/v2.0/networks" },
				200, `{"networks": []}`),
		},
		"images can't be listed": {
			args: wanted, want: []string{`image "tiny" can't be looked up`, "Down for repairs", "503"}, drawn: "find image",
			prepare: intercept(func(_ string, r *http.Request) bool { return r.URL.Path == "/v2/images" },
				503, `{"message": "Down for\nrepairs.<br /><br />\n\n\n", "code": "503 Service Unavailable"}`),
		},
		"a wrong password": {
			args: wanted, env: []string{"OS_PASSWORD=wrong"}, want: []string{"refuses these credentials", "password", "clouds.yaml"}, drawn: "authenticate",
		},
		"a wrong project": {
			args: wanted, env: []string{"OS_PROJECT_NAME=wrong"}, want: []string{"refuses these credentials", "project"}, drawn: "authenticate",
		},
		"a wrong application credential": {
			args: wanted, env: []string{"OS_APPLICATION_CREDENTIAL_ID=x", "OS_APPLICATION_CREDENTIAL_SECRET=y"},
			want: []string{"Could not find Application Credential: x", "404", "OS_ variables"}, drawn: "authenticate",
			prepare: intercept(func(service string, r *http.Request) bool { return service == "identity" },
				404, `{"error": {"code": 404, "message": "Could not find Application Credential: x.", "title": "Not Found"}}`),
		},
		"nobody at the address": {
			args: wanted, env: []string{"OS_AUTH_URL=http://127.0.0.1:1/v3"},
			want: []string{"identity service at http://127.0.0.1:1/v3 does not answer", "connection refused", "OS_AUTH_URL"}, drawn: "authenticate",
		},
		"the address of something else": {
			args: wanted, want: []string{"/v3 is not an identity service's address", "OS_AUTH_URL"}, drawn: "authenticate",
			prepare: intercept(func(service string, r *http.Request) bool { return service == "identity" }, 201, `<html>`),
		},
		"a path that is not there": {
			args: wanted, want: []string{"/v3 is not an identity service's address"}, drawn: "authenticate",
			prepare: intercept(func(service string, r *http.Request) bool { return service == "identity" }, 404, `404 page not found`),
		},
		"an identity service with a fault": {
			args: wanted, want: []string{"authentication failed: An unexpected error prevented the server from fulfilling your request (HTTP 500)"}, drawn: "authenticate",
			prepare: intercept(func(service string, r *http.Request) bool { return service == "identity" },
				500, `{"error": {"code": 500, "message": "An unexpected error prevented the server from fulfilling your request.", "title": "Internal Server Error"}}`),
		},
		"an identity service that does not answer": {
			args: with("--timeout", "200ms"), want: []string{"identity service at", "does not answer", "--timeout 200ms has passed", "OS_AUTH_URL"}, drawn: "authenticate",
			prepare: hang(func(service string, r *http.Request) bool { return service == "identity" }),
		},
		"a service that does not say its versions": {
			args: with("--timeout", "200ms"), want: []string{"the image service does not say which versions it has", "--timeout"}, drawn: "find image",
			prepare: hang(func(service string, r *http.Request) bool { return service == "image" }),
		},
		"no such region": {
			args: wanted, env: []string{"OS_REGION_NAME=Nowhere"}, want: []string{"no compute service for this region", "OS_REGION_NAME"}, drawn: "authenticate",
		},
		"a full quota": {
			args: wanted, want: []string{`server "createserver" was not created: Quota exceeded for instances`, "already used 0 of 0", "HTTP 403, req-", "delete what you no longer need"}, drawn: "create server",
			prepare: func(cloud *simcloud.Cloud) { cloud.SetQuota(0) },
		},
		"no host has room": {
			args: with("--flavor", "m1.toobig"), want: []string{"ended in ERROR: No valid host was found"}, drawn: "delete server",
		},
		"no host has room, and the server was to be kept": {
			args: with("--flavor", "m1.toobig", "--keep"), want: []string{"ended in ERROR: No valid host was found"}, drawn: "delete server",
		},
		"an error without a reason": {
			args: wanted, want: []string{"ended in ERROR: the cloud does not say why"}, drawn: "delete server",
			prepare: untilDeleted(200, `{"server": {"status": "ERROR"}}`),
		},
		"a server that is never ready": {
			args: with("--timeout", "2s"), want: []string{"did not become ACTIVE: --timeout 2s has passed; give a longer one"}, drawn: "delete server",
			prepare: untilDeleted(200, `{"server": {"status": "BUILD"}}`),
		},
		"a server that can't be watched": {
			args: wanted, want: []string{"did not become ACTIVE: Service Unavailable (HTTP 503)"}, drawn: "delete server",
			prepare: untilDeleted(503, `no JSON`),
		},
		"a token that is not renewed": {
			args: wanted, want: []string{`image "tiny" can't be looked up`, "no longer valid", "authentication failed"}, drawn: "find image",
			prepare: func(cloud *simcloud.Cloud) {
				tokens := 0
				cloud.Intercept(func(service string, w http.ResponseWriter, r *http.Request) bool {
					if service == "image" {
						cloud.RevokeTokens()
					}
					if service == "identity" {
						if tokens++; tokens > 1 {
							answer(w, 401, `{"error": {"message": "No."}}`)
							return true
						}
					}
					return false
				})
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			cloud := realCloud(t)
			setenv(t, test.env...)
			if test.prepare != nil {
				test.prepare(cloud)
			}
			r := execute(t.Context(), t, test.args...)
			r.failed(t, 1, test.want...)
			r.drawn(t, test.drawn)
			if !strings.Contains(r.stderr, "Trace ID: ") {
				t.Errorf("the closing lines are missing:\n%s", r.stderr)
			}
			nothingLeft(t, cloud)
		})
	}
}

// intercept answers some requests.
func intercept(which func(service string, r *http.Request) bool, status int, body string) func(*simcloud.Cloud) {
	return func(cloud *simcloud.Cloud) {
		cloud.Intercept(func(service string, w http.ResponseWriter, r *http.Request) bool {
			if !which(service, r) {
				return false
			}
			answer(w, status, body)
			return true
		})
	}
}

// hang leaves some requests without an answer.
func hang(which func(service string, r *http.Request) bool) func(*simcloud.Cloud) {
	return func(cloud *simcloud.Cloud) {
		cloud.Intercept(func(service string, w http.ResponseWriter, r *http.Request) bool {
			if !which(service, r) {
				return false
			}
			gone(r)
			return true
		})
	}
}

// untilDeleted answers the requests about a server until the request to delete
// it.
func untilDeleted(status int, body string) func(*simcloud.Cloud) {
	return func(cloud *simcloud.Cloud) {
		intercept(func(_ string, r *http.Request) bool {
			if isDelete(r) {
				cloud.Intercept(nil)
			}
			return isShow(r)
		}, status, body)(cloud)
	}
}

// A server that can't be deleted is named, and so is the error before that.
func TestNotDeleted(t *testing.T) {
	shorten(t, &cleanUpTimeout, time.Second)
	locked := intercept(func(_ string, r *http.Request) bool { return isDelete(r) },
		409, `{"conflictingRequest": {"code": 409, "message": "Instance is locked."}}`)
	for name, test := range map[string]struct {
		args    []string
		prepare func(*simcloud.Cloud)
		want    []string
	}{
		"it is locked": {wanted, locked, []string{" may still exist; delete it by hand: Instance is locked (HTTP 409)"}},
		"it had failed before": {with("--flavor", "m1.toobig"), locked,
			[]string{" ended in ERROR: No valid host was found. There are not enough hosts available; server ", " may still exist; delete it by hand: Instance is locked"}},
		"it stays": {wanted, intercept(func(_ string, r *http.Request) bool { return isShow(r) }, 200, `{"server": {"status": "ACTIVE"}}`),
			[]string{" may still exist; delete it by hand: not done after 1s"}},
		"no answer": {wanted, hang(func(_ string, r *http.Request) bool { return isDelete(r) }),
			[]string{" may still exist; delete it by hand: not done after 1s"}},
	} {
		t.Run(name, func(t *testing.T) {
			cloud := realCloud(t)
			test.prepare(cloud)
			r := execute(t.Context(), t, append(test.args, "--output", "json")...)
			id := r.report(t).ServerID
			r.failed(t, 1, append(test.want, id)...)
			if id == "" {
				t.Error("the report does not name the server")
			}
		})
	}
}

// A mistake on the command line is an error before anything is sent.
func TestUsage(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		env  []string
		want []string
	}{
		"unknown flag":         {[]string{"--nix"}, nil, []string{"unknown flag: --nix", "--help"}},
		"argument":             {[]string{"server"}, nil, []string{`unexpected argument "server"`, "--help"}},
		"output":               {with("--output", "xml"), nil, []string{`--output must be tree or json, not "xml"`}},
		"no name":              {with("--name", ""), nil, []string{"--name is empty"}},
		"no timeout":           {with("--timeout", "0s"), nil, []string{"--timeout must be a positive duration"}},
		"not a timeout":        {with("--timeout", "long"), nil, []string{"--timeout", "long"}},
		"missing flags":        {[]string{"--flavor", "m1.nano"}, nil, []string{"on a real cloud --image, --network must be given"}},
		"empty key":            {with("--os-profile", ""), nil, []string{"--os-profile", "empty"}},
		"two keys":             {with("--os-profile", key+","+key), nil, []string{"--os-profile", "comma"}},
		"unusable OS_PROFILE":  {wanted, []string{"OS_PROFILE=" + key + "," + key}, []string{"OS_PROFILE", "comma"}},
		"no such digest":       {with("--os-profile-digest", "md5"), nil, []string{"--os-profile-digest", "it is sha1 or sha256"}},
		"unusable digests":     {wanted, []string{"OSTRACE_HMAC_DIGESTS=sha256;sha1"}, []string{"OSTRACE_HMAC_DIGESTS", "it is sha1 or sha256"}},
		"a key and a key file": {with("--os-profile", key, "--os-profile-file", "x"), nil, []string{"--os-profile and --os-profile-file are both given"}},
		"no such key file":     {with("--os-profile-file", "/nonexistent/key"), nil, []string{"--os-profile-file: ", "no such file"}},
	} {
		t.Run(name, func(t *testing.T) {
			cloud := realCloud(t)
			setenv(t, test.env...)
			r := execute(t.Context(), t, test.args...)
			r.failed(t, 2, test.want...)
			if n := len(cloud.Requests()); n != 0 || r.stdout != "" {
				t.Errorf("%d requests; stdout %q", n, r.stdout)
			}
		})
	}
}
