// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/flavors"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/security/groups"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/networks"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/internal/simcloud"
)

// key is the cloud's key in these tests. It must never be shown.
const key = "xyzzy-H7mac-k3y"

// clearEnvironment makes the test independent of the environment that it runs in.
func clearEnvironment(t *testing.T) {
	t.Helper()
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "OS_") || strings.HasPrefix(name, "OTEL_") {
			t.Setenv(name, "") // so that it is restored in the end
			if err := os.Unsetenv(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	was := pollInterval
	pollInterval = 5 * time.Millisecond
	t.Cleanup(func() { pollInterval = was })
}

// realCloud starts a cloud that the program takes for a real one, because the
// environment names it.
func realCloud(t *testing.T) *simcloud.Cloud {
	t.Helper()
	clearEnvironment(t)
	k, err := hmac.NewKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cloud, err := simcloud.Start(simcloud.WithHMACKeys(k), simcloud.WithTimeScale(0))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cloud.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	auth := cloud.AuthOptions()
	for name, value := range map[string]string{
		"OS_AUTH_URL": cloud.AuthURL(), "OS_USERNAME": auth.Username, "OS_PASSWORD": auth.Password, "OS_PROJECT_NAME": auth.TenantName,
		"OS_USER_DOMAIN_NAME": auth.DomainName, "OS_PROJECT_DOMAIN_NAME": auth.DomainName, "OS_REGION_NAME": "RegionOne", "OS_PROFILE": key,
	} {
		t.Setenv(name, value)
	}
	return cloud
}

// buffer is written to by the program, and read once it has ended.
type buffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

// result has the outputs and the status of a run of the program.
type result struct {
	status         int
	stdout, stderr string
}

// execute runs the program, and makes the checks that hold for every run.
func execute(ctx context.Context, t *testing.T, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	var stdout, stderr buffer
	r := result{status: run(ctx, args, &stdout, &stderr)}
	r.stdout, r.stderr = stdout.String(), stderr.String()
	if strings.Contains(r.stdout+r.stderr, key) {
		t.Errorf("the key shows:\n%s%s", r.stdout, r.stderr)
	}
	if ctx.Err() == context.DeadlineExceeded {
		t.Error("the program did not end by itself")
	}
	return r
}

// failed checks that the last line of the program's messages has each of the
// texts.
func (r result) failed(t *testing.T, status int, texts ...string) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(r.stderr, "\n"), "\n")
	last := lines[len(lines)-1]
	if r.status != status || !strings.HasPrefix(last, "perftest: ") {
		t.Errorf("exit status %d, want %d:\n%s", r.status, status, r.stderr)
	}
	for _, text := range texts {
		if !strings.Contains(last, text) {
			t.Errorf("%q does not tell %q", last, text)
		}
	}
	if r.stdout != "" {
		t.Errorf("stdout is\n%s", r.stdout)
	}
}

// left returns the names of the resources that the program left on the cloud.
func left(t *testing.T, cloud *simcloud.Cloud) []string {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	cloud.Intercept(nil)
	provider, err := openstack.AuthenticatedClient(ctx, cloud.AuthOptions())
	if err != nil {
		t.Fatal(err)
	}
	defer provider.HTTPClient.CloseIdleConnections()
	network, err1 := openstack.NewNetworkV2(provider, gophercloud.EndpointOpts{})
	compute, err2 := openstack.NewComputeV2(provider, gophercloud.EndpointOpts{})
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	names := cloud.Servers()
	collect(t, &names, flavors.ExtractFlavors, func(f flavors.Flavor) string { return f.Name })(flavors.ListDetail(compute, nil).AllPages(ctx))
	collect(t, &names, networks.ExtractNetworks, func(n networks.Network) string { return n.Name })(networks.List(network, nil).AllPages(ctx))
	collect(t, &names, groups.ExtractGroups, func(g groups.SecGroup) string { return g.Name })(groups.List(network, groups.ListOpts{}).AllPages(ctx))
	collect(t, &names, ports.ExtractPorts, func(p ports.Port) string { return p.Name })(ports.List(network, nil).AllPages(ctx))
	var own []string
	for _, name := range names {
		if strings.HasPrefix(name, "perftest-") {
			own = append(own, name)
		}
	}
	return own
}

// collect adds the names of all resources on a page.
func collect[P, T any](t *testing.T, names *[]string, extract func(P) ([]T, error), name func(T) string) func(P, error) {
	return func(page P, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		all, err := extract(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range all {
			*names = append(*names, name(one))
		}
	}
}
