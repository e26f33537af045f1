// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ostrace/ostrace/internal/simcloud"
)

func TestWrongCommandLine(t *testing.T) {
	for name, test := range map[string]struct {
		args   []string
		env    map[string]string
		status int
		want   string
	}{
		"an argument":        {[]string{"x"}, nil, 2, `unexpected argument "x"`},
		"no such flag":       {[]string{"--nope"}, nil, 2, "--nope"},
		"no rounds":          {[]string{"--rounds", "0"}, nil, 2, "--rounds"},
		"no passes":          {[]string{"--passes", "-1"}, nil, 2, "--passes"},
		"no key":             {nil, map[string]string{"OS_PROFILE": ""}, 2, "--os-profile"},
		"an unusable key":    {[]string{"--os-profile", "a,b"}, nil, 2, "comma"},
		"both kinds of key":  {[]string{"--os-profile", "a", "--os-profile-file", "b"}, nil, 2, "both given"},
		"no such cloud":      {[]string{"--os-cloud", "nope"}, map[string]string{"OS_CLIENT_CONFIG_FILE": "testdata/nope.yaml"}, 1, "--os-cloud"},
		"no password":        {nil, map[string]string{"OS_PASSWORD": ""}, 1, "authentication"},
		"no such image":      {[]string{"--image", "nope"}, nil, 1, `there are 0 images "nope"; give the name of one with --image`},
		"two images":         {[]string{"--image", "twins"}, nil, 1, "there are 2 images"},
		"a file as a folder": {[]string{"--output", "perftest_test.go"}, nil, 1, "perftest_test.go"},
	} {
		t.Run(name, func(t *testing.T) {
			cloud := realCloud(t)
			for name, value := range test.env {
				t.Setenv(name, value)
			}
			execute(t.Context(), t, append([]string{"--rounds", "1", "--passes", "1"}, test.args...)...).failed(t, test.status, test.want)
			if own := left(t, cloud); len(own) != 0 {
				t.Errorf("left behind: %q", own)
			}
		})
	}
}

func TestCloudOfTheFile(t *testing.T) {
	cloud := realCloud(t)
	file := filepath.Join(t.TempDir(), "clouds.yaml")
	auth := cloud.AuthOptions()
	text := strings.NewReplacer("URL", cloud.AuthURL(), "USER", auth.Username, "PASSWORD", auth.Password, "PROJECT", auth.TenantName, "DOMAIN", auth.DomainName).Replace(
		`{clouds: {mine: {auth: {auth_url: "URL", username: "USER", password: "PASSWORD", project_name: "PROJECT", user_domain_name: "DOMAIN", project_domain_name: "DOMAIN"}}, empty: {}}}`)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("OS_AUTH_URL", "http://127.0.0.1:1/v3")
	t.Setenv("OS_CLIENT_CONFIG_FILE", file)
	if r := execute(t.Context(), t, "--os-cloud", "mine", "--rounds", "1", "--passes", "1"); r.status != 0 {
		t.Error(r.stderr)
	}
	execute(t.Context(), t, "--os-cloud", "empty").failed(t, 1, "auth", "--os-cloud")
}

// Wherever it fails, and in whichever mode, it says so, and deletes everything.
func TestFailureAnywhere(t *testing.T) {
	for name, path := range map[string]string{
		"authentication": "/v3/auth/tokens", "flavor": "/v2.1/flavors", "network": "/v2.0/networks", "subnet": "/v2.0/subnets",
		"security group": "/v2.0/security-groups", "security group rule": "/v2.0/security-group-rules", "port": "/v2.0/ports", "server": "/v2.1/servers",
	} {
		for _, mode := range []string{modeNone, modeTraced} {
			t.Run(name+", "+mode, func(t *testing.T) {
				cloud := realCloud(t)
				failed := new(atomic.Bool)
				cloud.Intercept(func(_ string, w http.ResponseWriter, r *http.Request) bool {
					if r.Method != http.MethodPost || r.URL.Path != path || !strings.Contains(r.UserAgent(), "perftest-"+mode+" ") || !failed.CompareAndSwap(false, true) {
						return false
					}
					w.WriteHeader(http.StatusForbidden)
					_, _ = w.Write([]byte("not\ntoday"))
					return true
				})
				execute(t.Context(), t, "--rounds", "1", "--passes", "1").failed(t, 1, name, "not today")
				if own := left(t, cloud); len(own) != 0 {
					t.Errorf("left behind: %q", own)
				}
			})
		}
	}
}

func TestServerInError(t *testing.T) {
	cloud := realCloud(t)
	cloud.Intercept(func(_ string, w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodGet || !strings.HasPrefix(r.URL.Path, "/v2.1/servers/") {
			return false
		}
		cloud.Intercept(nil)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"server": {"status": "ERROR", "fault": {"message": "No valid host"}}}`))
		return true
	})
	execute(t.Context(), t, "--rounds", "1", "--passes", "1").failed(t, 1, "ended in ERROR: No valid host")
	if own := left(t, cloud); len(own) != 0 {
		t.Errorf("left behind: %q", own)
	}
}

// A resource that can't be deleted is named, and the others are deleted
// nevertheless.
func TestDeletionFails(t *testing.T) {
	cloud := realCloud(t)
	cloud.Intercept(func(_ string, w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodDelete || !strings.HasPrefix(r.URL.Path, "/v2.1/flavors/") || !strings.Contains(r.UserAgent(), "perftest-w3c ") {
			return false
		}
		w.WriteHeader(http.StatusConflict)
		return true
	})
	r := execute(t.Context(), t, "--rounds", "1", "--passes", "1")
	own := left(t, cloud)
	if len(own) != 1 {
		t.Fatalf("left behind: %q", own)
	}
	r.failed(t, 1, "the flavor "+own[0], "may still exist; delete it by hand")
}

// A server is taken for gone when the cloud says so, and not when the cloud
// does not answer.
func TestNotSeenToBeGone(t *testing.T) {
	cloud := realCloud(t)
	deleted := new(atomic.Bool)
	cloud.Intercept(func(_ string, w http.ResponseWriter, r *http.Request) bool {
		switch ofServer := strings.HasPrefix(r.URL.Path, "/v2.1/servers/"); {
		case ofServer && r.Method == http.MethodDelete:
			deleted.Store(true)
		case ofServer && deleted.Load():
			w.WriteHeader(http.StatusInternalServerError)
			return true
		}
		return false
	})
	execute(t.Context(), t, "--rounds", "1", "--passes", "1").failed(t, 1, "the server perftest-", "may still exist")
}

// If the answer to a creation is lost, the program does not know what to
// delete, and says so.
func TestAnswerLost(t *testing.T) {
	cloud := realCloud(t)
	cloud.Intercept(func(_ string, _ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost && r.URL.Path == "/v2.0/networks" {
			panic(http.ErrAbortHandler)
		}
		return false
	})
	execute(t.Context(), t, "--rounds", "1", "--passes", "1").failed(t, 1, "creating the network perftest-", "may exist nevertheless; delete it by hand")
	if own := left(t, cloud); len(own) != 0 {
		t.Errorf("left behind: %q", own)
	}
}

// Ctrl-C deletes everything, at whatever moment it comes.
func TestInterrupted(t *testing.T) {
	for name, at := range map[string]func(*http.Request) bool{
		"authentication": func(r *http.Request) bool { return r.URL.Path == "/v3/auth/tokens" },
		"creation":       func(r *http.Request) bool { return r.Method == http.MethodPost && r.URL.Path == "/v2.1/servers" },
		"waiting": func(r *http.Request) bool {
			return r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/v2.1/servers/") && !strings.HasSuffix(r.URL.Path, "detail")
		},
		"a list call": func(r *http.Request) bool { return r.URL.Path == "/v3/projects" },
		"deletion":    func(r *http.Request) bool { return r.Method == http.MethodDelete },
	} {
		t.Run(name, func(t *testing.T) {
			cloud := realCloud(t)
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			cloud.Intercept(func(_ string, _ http.ResponseWriter, r *http.Request) bool {
				if at(r) {
					interrupt()
				}
				return false // the cloud answers nevertheless
			})
			execute(ctx, t, "--rounds", "1", "--passes", "1").failed(t, 1, "interrupted")
			if name == "creation" && !slices.ContainsFunc(cloud.Requests(), func(r simcloud.Request) bool {
				return r.Method == http.MethodDelete && strings.HasPrefix(r.Path, "/v2.1/servers/")
			}) {
				t.Error("the server whose creation was under way was not deleted")
			}
			if own := left(t, cloud); len(own) != 0 {
				t.Errorf("left behind: %q", own)
			}
		})
	}
}
