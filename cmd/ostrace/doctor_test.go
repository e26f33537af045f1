// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2/server"
)

// tellsMemory makes a Redis answer INFO memory, which miniredis does not know.
func tellsMemory(s interface{ Server() *server.Server }, maxmemory string) {
	s.Server().SetPreHook(func(c *server.Peer, command string, _ ...string) bool {
		if !strings.EqualFold(command, "INFO") {
			return false
		}
		c.WriteBulk("used_memory:1000\r\nmaxmemory:" + maxmemory + "\r\nmaxmemory_policy:allkeys-lru\r\n")
		return true
	})
}

// The exit status says whether there is a problem.
func TestDoctor(t *testing.T) {
	simulated(t)
	key := keyFile(t)
	connectionString, server := redis(t)
	tellsMemory(server, "1000000")
	stdout, stderr, status := call(t, "doctor", "--os-profile-file", key)
	if status != 0 || stderr != "" || !strings.Contains(stdout, "nova       200") || !strings.Contains(stdout, "No problem was found.") {
		t.Errorf("status %d, %s%s", status, stderr, stdout)
	}
	stdout, stderr, status = call(t, "doctor", "--os-profile-file", key, "--connection-string", connectionString)
	if status != 1 || stderr != "" || !strings.Contains(stdout, "Problem: No service traced the signed requests") {
		t.Errorf("status %d, %s%s", status, stderr, stdout)
	}
	stdout, stderr, status = call(t, "doctor", "--os-profile-file", key, "--connection-string", connectionString, "--json")
	var report struct{ Services []any }
	if err := json.Unmarshal([]byte(stdout), &report); err != nil || len(report.Services) != 6 || status != 1 || stderr != "" || strings.Contains(stdout, "SECRET_KEY") {
		t.Errorf("%v, status %d, %s%s", err, status, stderr, stdout)
	}
}

func TestDoctorStoreOnly(t *testing.T) {
	connectionString, server := redis(t)
	for maxmemory, want := range map[string]int{"1000000": 0, "0": 1} {
		tellsMemory(server, maxmemory)
		stdout, stderr, status := call(t, "doctor", "--store-only", "--connection-string", connectionString)
		if status != want || stderr != "" {
			t.Errorf("maxmemory %s: status %d, %s%s", maxmemory, status, stderr, stdout)
		}
	}
	// A server that does not tell is not a failure.
	server.Server().SetPreHook(nil)
	stdout, stderr, status := call(t, "doctor", "--store-only", "--connection-string", connectionString)
	if status != 0 || !strings.Contains(stdout, "Redis does not say what limits its growth") {
		t.Errorf("status %d, %s%s", status, stderr, stdout)
	}
}

// A cloud of clouds.yaml is that of the environment.
func TestDoctorCloudsYAML(t *testing.T) {
	cloud := simulated(t)
	options := cloud.AuthOptions()
	file := filepath.Join(t.TempDir(), "clouds.yaml")
	text := "clouds: {sim: {auth: {auth_url: '" + options.IdentityEndpoint + "', username: " + options.Username + ", password: " + options.Password +
		", project_name: " + options.TenantName + ", user_domain_name: Default, project_domain_name: Default}}, empty: {}}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("OS_CLIENT_CONFIG_FILE", file)
	t.Setenv("OS_AUTH_URL", "")
	key := keyFile(t)
	if stdout, stderr, status := call(t, "doctor", "--os-cloud", "sim", "--os-profile-file", key); status != 0 {
		t.Errorf("status %d, %s%s", status, stderr, stdout)
	}
	for name, says := range map[string]string{"nowhere": "nowhere", "empty": "no auth"} {
		_, stderr, status := call(t, "doctor", "--os-cloud", name, "--os-profile-file", key)
		if status != 2 || !strings.Contains(stderr, says) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: status %d, %s", name, status, stderr)
		}
	}
}

func TestDoctorUsage(t *testing.T) {
	cloud := simulated(t)
	key := keyFile(t)
	for _, test := range []struct {
		args []string
		env  map[string]string
		says string
	}{
		{[]string{}, nil, "which key? give --os-profile-file"},
		{[]string{"x"}, nil, "unknown command"},
		{[]string{"--store-only"}, nil, "which store? give --connection-string"},
		{[]string{"--store-only", "--write"}, nil, "can't be given together with --write"},
		{[]string{"--store-only", "--connection-string", "messaging://"}, nil, "messaging"},
		{[]string{"--os-profile", "a,b"}, nil, "--os-profile"},
		{[]string{"--os-profile-file", key, "--since", "-1h"}, nil, "it must be a positive duration"},
		{[]string{"--os-profile-file", key, "--query-endpoint", "localhost"}, nil, "--query-endpoint: "},
		{[]string{"--os-profile-file", key}, map[string]string{"OS_AUTH_URL": ""}, "which cloud?"},
		{[]string{"--os-profile-file", key}, map[string]string{"OS_AUTH_URL": "localhost:5000"}, "does not begin with http://"},
		{[]string{"--os-profile-file", key}, map[string]string{"OS_PASSWORD": "Tr0ub4dor"}, "refuses the user"},
		{[]string{"--os-profile-file", key}, map[string]string{"OS_AUTH_URL": "http://127.0.0.1:1/v3"}, "127.0.0.1:1"},
		{[]string{"--os-profile-file", key, "--connection-string", "redis://:Tr0ub4dor@127.0.0.1:1"}, nil, "redis://***@127.0.0.1:1"},
		{[]string{"--os-profile-file", key, "--query-endpoint", cloud.Endpoint("image")}, nil, "is it Jaeger's query address"},
	} {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			for name, value := range test.env {
				t.Setenv(name, value)
			}
			stdout, stderr, status := call(t, append([]string{"doctor"}, test.args...)...)
			if status != 2 || stdout != "" || !strings.Contains(stderr, test.says) || strings.Count(stderr, "\n") != 1 {
				t.Errorf("status %d, %s, want %q", status, stderr+stdout, test.says)
			}
			if strings.Contains(stderr, "Tr0ub4dor") || strings.Contains(stderr, "SECRET_KEY") {
				t.Errorf("a secret shows: %s", stderr)
			}
		})
	}
}
