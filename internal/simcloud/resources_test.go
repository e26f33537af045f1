// SPDX-License-Identifier: Apache-2.0

package simcloud_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/flavors"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/projects"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/security/groups"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/security/rules"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/networks"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/subnets"
)

// must returns the result, and ends the test where there is an error.
func must[T any](t *testing.T) func(*T, error) *T {
	return func(got *T, err error) *T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
}

// hasStatus checks that a service refused something.
func hasStatus(t *testing.T, what string, err error, status int, text string) {
	t.Helper()
	answer, ok := errors.AsType[gophercloud.ErrUnexpectedResponseCode](err)
	if !ok || answer.Actual != status || !strings.Contains(string(answer.Body), text) {
		t.Errorf("%s: %v, want %d with %q", what, err, status, text)
	}
}

// A server has a network, a subnet, a port, a security group and a flavor of
// its own. Each can be deleted only when nothing uses it.
func TestServerWithAllOfItsOwn(t *testing.T) {
	f := start(t)
	p := f.program(t)
	ctx := t.Context()
	network := must[networks.Network](t)(networks.Create(ctx, p.network, networks.CreateOpts{Name: "mine"}).Extract())
	subnet := must[subnets.Subnet](t)(subnets.Create(ctx, p.network, subnets.CreateOpts{
		Name: "mine", NetworkID: network.ID, CIDR: "192.0.2.0/24", IPVersion: gophercloud.IPv4, EnableDHCP: new(false),
	}).Extract())
	group := must[groups.SecGroup](t)(groups.Create(ctx, p.network, groups.CreateOpts{Name: "mine"}).Extract())
	rule := must[rules.SecGroupRule](t)(rules.Create(ctx, p.network, rules.CreateOpts{
		Direction: rules.DirIngress, EtherType: rules.EtherType4, Protocol: rules.ProtocolTCP, PortRangeMin: 22, PortRangeMax: 22, SecGroupID: group.ID,
	}).Extract())
	port := must[ports.Port](t)(ports.Create(ctx, p.network, ports.CreateOpts{NetworkID: network.ID, Name: "mine", SecurityGroups: &[]string{group.ID}}).Extract())
	if subnet.GatewayIP != "192.0.2.1" || subnet.EnableDHCP || rule.PortRangeMax != 22 || rule.Protocol != "tcp" {
		t.Errorf("subnet %+v, rule %+v", subnet, rule)
	}
	if len(port.FixedIPs) != 1 || port.FixedIPs[0].SubnetID != subnet.ID || !strings.HasPrefix(port.FixedIPs[0].IPAddress, "192.0.2.") {
		t.Errorf("the port has the addresses %+v", port.FixedIPs)
	}
	flavor := must[flavors.Flavor](t)(flavors.Create(ctx, p.compute, flavors.CreateOpts{Name: "mine", VCPUs: 1, RAM: 64, Disk: new(1)}).Extract())
	hasStatus(t, "a flavor twice", flavors.Create(ctx, p.compute, flavors.CreateOpts{Name: "mine", VCPUs: 1, RAM: 64, Disk: new(1)}).Err,
		http.StatusConflict, "already exists")

	opts := p.choose(t, "mine")
	if opts.FlavorRef != flavor.ID {
		t.Fatalf("the flavor is not listed: %+v", opts)
	}
	opts.Networks = []servers.Network{{Port: port.ID}}
	server := p.await(t, p.create(t, opts).ID, "ACTIVE")
	if len(server.Addresses) != 1 || server.Addresses["mine"] == nil {
		t.Errorf("the server has the addresses %v", server.Addresses)
	}
	if got := must[ports.Port](t)(ports.Get(ctx, p.network, port.ID).Extract()); got.DeviceID != server.ID || got.DeviceOwner != "compute:nova" {
		t.Errorf("the port is %s's %s", got.DeviceOwner, got.DeviceID)
	}
	hasStatus(t, "a port twice", servers.Create(ctx, p.compute, opts, nil).Err, http.StatusConflict, "still in use")
	opts.Networks = []servers.Network{{Port: "nope"}}
	hasStatus(t, "no such port", servers.Create(ctx, p.compute, opts, nil).Err, http.StatusBadRequest, "Port nope could not be found")

	p.delete(t, server.ID)
	if got := must[ports.Port](t)(ports.Get(ctx, p.network, port.ID).Extract()); got.DeviceID != "" {
		t.Errorf("the port is still the server's: %+v", got)
	}
	hasStatus(t, "network", networks.Delete(ctx, p.network, network.ID).Err, http.StatusConflict, "NetworkInUse")
	hasStatus(t, "subnet", subnets.Delete(ctx, p.network, subnet.ID).Err, http.StatusConflict, "SubnetInUse")
	hasStatus(t, "group", groups.Delete(ctx, p.network, group.ID).Err, http.StatusConflict, "SecurityGroupInUse")
	for range 2 { // the second time they are gone
		for what, c := range map[string]struct {
			remove, show error
			text         string
		}{
			"port":    {ports.Delete(ctx, p.network, port.ID).Err, ports.Get(ctx, p.network, port.ID).Err, "PortNotFound"},
			"group":   {groups.Delete(ctx, p.network, group.ID).Err, groups.Get(ctx, p.network, group.ID).Err, "Security Group " + group.ID},
			"network": {networks.Delete(ctx, p.network, network.ID).Err, networks.Get(ctx, p.network, network.ID).Err, "NetworkNotFound"},
			"flavor":  {flavors.Delete(ctx, p.compute, flavor.ID).Err, flavors.Get(ctx, p.compute, flavor.ID).Err, "could not be found"},
		} {
			if c.remove != nil {
				hasStatus(t, what, c.remove, http.StatusNotFound, c.text)
			}
			hasStatus(t, what, c.show, http.StatusNotFound, c.text)
		}
	}
	hasStatus(t, "its subnet", subnets.Get(ctx, p.network, subnet.ID).Err, http.StatusNotFound, "SubnetNotFound")
	hasStatus(t, "its rule", rules.Get(ctx, p.network, rule.ID).Err, http.StatusNotFound, "Security Group Rule")
}

func TestNetworkRequestsThatAreRefused(t *testing.T) {
	p := start(t).program(t)
	ctx := t.Context()
	network := must[networks.Network](t)(networks.Create(ctx, p.network, networks.CreateOpts{Name: "bare"}).Extract())
	for what, c := range map[string]struct {
		err    error
		status int
		text   string
	}{
		"a port without a subnet":    {ports.Create(ctx, p.network, ports.CreateOpts{NetworkID: network.ID}).Err, 409, "IpAddressGenerationFailure"},
		"a port without a network":   {ports.Create(ctx, p.network, ports.CreateOpts{NetworkID: "nope"}).Err, 404, "NetworkNotFound"},
		"a port without a group":     {ports.Create(ctx, p.network, ports.CreateOpts{NetworkID: network.ID, SecurityGroups: &[]string{"nope"}}).Err, 404, "SecurityGroupNotFound"},
		"a subnet without a network": {subnets.Create(ctx, p.network, subnets.CreateOpts{NetworkID: "nope", CIDR: "192.0.2.0/24", IPVersion: 4}).Err, 404, "NetworkNotFound"},
		"a subnet of nothing":        {subnets.Create(ctx, p.network, subnets.CreateOpts{NetworkID: network.ID, CIDR: "192.0.2.0", IPVersion: 4}).Err, 400, "not a valid IP subnet"},
		"a rule without a group":     {rules.Create(ctx, p.network, rules.CreateOpts{Direction: rules.DirIngress, EtherType: rules.EtherType4, SecGroupID: "nope"}).Err, 404, "SecurityGroupNotFound"},
		"a flavor without memory":    {flavors.Create(ctx, p.compute, flavors.CreateOpts{Name: "bare", VCPUs: 1, RAM: -1, Disk: new(0)}).Err, 400, "flavor"},
	} {
		hasStatus(t, what, c.err, c.status, c.text)
	}
}

func TestProjectsAreListed(t *testing.T) {
	p := start(t).program(t)
	identity, err := openstack.NewIdentityV3(p.provider, gophercloud.EndpointOpts{})
	if err != nil {
		t.Fatal(err)
	}
	pages, err := projects.List(identity, nil).AllPages(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if found, err := projects.ExtractProjects(pages); err != nil || len(found) != 1 || found[0].Name != "demo" {
		t.Errorf("%+v, %v", found, err)
	}
}
